import OrderedCollections

/// What a resumed run needs to end bitwise like one that was never stopped, and LeRobot's checkpoint
/// has no place for: the position in the data, averages of the log interval under way.
package struct ResumePoint: Sendable, Equatable {
  /// Nil before the first batch.
  package var position: SourcePosition?
  package var partialAverages: JSONValue
  package var memory: LoopMemory

  package init(
    position: SourcePosition?, partialAverages: JSONValue, memory: LoopMemory = LoopMemory()
  ) {
    self.position = position
    self.partialAverages = partialAverages
    self.memory = memory
  }
}

/// The file's form: numbers in its metadata, tensors of the position under `source/`.
///
/// Version 0, of the first release, has no field `version`; the fields of the position stand beside
/// the averages, and its tensors have no prefix.
extension ResumePoint {
  private static let version = 1
  private static let prefix = "source/"
  private static let memoryKey = "loop"

  package var state: ResumeState {
    var values: OrderedDictionary<String, JSONValue> = [
      "version": .int(Self.version), "partial_averages": partialAverages,
    ]
    if memory != LoopMemory() { values[Self.memoryKey] = memory.json }
    var tensors: NamedTensors = [:]
    if let position {
      values["source"] = [
        "name": .string(position.source), "version": .int(position.version),
        "values": position.values,
      ]
      for (name, tensor) in position.tensors { tensors[Self.prefix + name] = tensor }
    }
    return ResumeState(values: .object(values), tensors: tensors)
  }

  /// - Throws: why nothing of the state can be used.
  package init(_ state: ResumeState) throws(ResumeProblem) {
    partialAverages = state.values["partial_averages"] ?? .null
    memory = LoopMemory(state.values[Self.memoryKey] ?? .null)
    guard let version = state.values["version"] else {
      guard state.values["taken"] != nil else { throw .damaged(field: "version") }
      position = SourcePosition(
        source: IndexedPosition.source, version: 0, values: state.values,
        tensors: state.tensors)
      return
    }
    guard let version = version.intValue, version >= 1 else { throw .damaged(field: "version") }
    guard version <= Self.version else {
      throw .newerVersion(source: "format", found: version, known: Self.version)
    }
    guard let source = state.values["source"] else { return }
    guard let name = source["name"]?.stringValue, let version = source["version"]?.intValue,
      let values = source["values"]
    else { throw .damaged(field: "source") }
    var tensors: NamedTensors = [:]
    for (name, tensor) in state.tensors where name.hasPrefix(Self.prefix) {
      tensors[String(name.dropFirst(Self.prefix.count))] = tensor
    }
    position = SourcePosition(source: name, version: version, values: values, tensors: tensors)
  }
}

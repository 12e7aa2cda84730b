import OrderedCollections

/// One step of a pipeline's file, to be read.
package struct SavedStep: Sendable {
  /// The pipeline's file, for messages.
  let file: String
  /// The folder of the file and of the state files.
  let folder: String
  let index: Int
  let entry: JSONValue

  /// The step's `config`.
  package var configuration: JSONValue { entry["config"] ?? [:] }

  /// Steps of LeRobot before 0.4 may carry their class instead of a registered name.
  private var name: String {
    entry["registry_name"]?.stringValue ?? entry["class"]?.stringValue ?? "without a name"
  }

  /// Makes the step.
  ///
  /// - Parameter dropping: is told of each field that other releases may write and nothing here
  ///   reads.
  func step(
    _ registry: ProcessorRegistry, resources: ResourceStore, dropping: (String) -> Void
  ) throws(ProcessorError) -> any ProcessorStep {
    guard let type = registry[name] else { throw .unknownStep(file: file, name: name) }
    let step = try type.init(self, resources: resources)
    for field in unknownFields(type) { dropping("steps[\(index)].\(field)") }
    return step
  }

  private func unknownFields(_ type: any ProcessorStep.Type) -> [String] {
    let around = ["registry_name", "class", "config", "state_file"]
    let fields = entry.objectValue?.keys.filter { !around.contains($0) } ?? []
    let inside = configuration.objectValue?.keys.filter { !type.fieldNames.contains($0) } ?? []
    return fields + inside.map { "config.\($0)" }
  }

  // MARK: - Fields

  /// A dictionary of texts; empty where the field is missing.
  package func strings(
    _ field: String
  ) throws(ProcessorError) -> OrderedDictionary<String, String> {
    var result: OrderedDictionary<String, String> = [:]
    for (key, value) in configuration[field]?.objectValue ?? [:] {
      guard let text = value.stringValue else {
        throw invalid("\(field).\(key)", "expected a string, found \(value.kind)")
      }
      result[key] = text
    }
    return result
  }

  /// A dictionary of features; empty where the field is missing.
  package func features(
    _ field: String
  ) throws(ProcessorError) -> OrderedDictionary<String, PolicyFeature> {
    var features: OrderedDictionary<String, PolicyFeature> = [:]
    for (name, value) in configuration[field]?.objectValue ?? [:] {
      guard let type = value["type"]?.stringValue.flatMap(FeatureType.init(rawValue:)),
        let shape = value["shape"]?.arrayValue?.map(\.intValue)
      else { throw invalid("\(field).\(name)", "expected a known type and a shape") }
      features[name] = PolicyFeature(type: type, shape: shape.compactMap { $0 })
    }
    return features
  }

  /// The tensors of the step's state file; none where it has no such file.
  package func state() throws(ProcessorError) -> NamedTensors {
    guard let state = entry["state_file"]?.stringValue else { return [:] }
    guard !state.contains("/") else { throw invalid("state_file", "expected a bare file name") }
    do throws(SafetensorsError) {
      return try SafetensorsFile(path: "\(folder)/\(state)").tensors()
    } catch {
      throw .state(error)
    }
  }

  /// The error of a field of the step's `config`.
  package func invalid(_ field: String, _ reason: String) -> ProcessorError {
    .invalidField(file: file, field: "steps[\(index)].config.\(field)", reason: reason)
  }
}

import OrderedCollections

/// What to say of fields that a record does not have: one issue for each cause, however many they
/// are.
extension ConfigDecoder {
  /// A field nobody knows is an error where a user typed it, and dropped from a file, which may come
  /// from another release. But a file's fields for one type are no noise once the command line asks
  /// for another.
  mutating func noteUnknown(
    _ members: OrderedDictionary<String, JSONValue>, of record: RecordType, at path: ConfigPath
  ) {
    var foreign: [String] = []
    var typed: OrderedDictionary<String, [String]> = [:]
    for (key, value) in members {
      if let field = newer[path / key] {
        note(field, value, at: path / key)
        continue
      }
      if let inner = value.objectValue, newer.contains(where: { $0.path.isInside(path / key) }) {
        noteUnknown(inner, of: record, at: path / key)
        continue
      }
      guard case .file = origins[path / key] else {
        typed[cause(key, record, path), default: []].append(key)
        continue
      }
      if isOfAnotherType(path) {
        foreign.append(key)
      } else {
        let nearest = Suggestion.nearest(to: key, among: record.fields.map(\.key))
        dropped.append(
          DroppedField(place: place(path / key), record: record.name, nearest: nearest))
      }
    }
    if let first = foreign.first { noteForeign(foreign, file: origins[path / first], path) }
    for keys in typed.values {
      issues.append(
        .unknownFields(
          keys.map { place(path / $0) }, record: record.name, hint: hint(keys, record, path)))
    }
  }

  /// A field of newer LeRobots: whether its value asks for what is not done here.
  private mutating func note(_ field: NewerField, _ value: JSONValue, at path: ConfigPath) {
    // Of a dictionary a part may have been typed.
    let typed = origins.typed.first { $0.path.isInside(path) }?.path
    let place = place(typed ?? path)
    if case .fixed(_, let what) = field.meaning, !field.allows(value) {
      issues.append(
        .notSupported(
          option: place.description,
          message: "\(what) is not done here; leave it out, or train "
            + "with the LeRobot that has it"))
    } else {
      idle.append((place, field))
    }
  }

  /// Whether the command line asks for another type than the file describes.
  private func isOfAnotherType(_ path: ConfigPath) -> Bool {
    guard case .commandLine = origins[path / "type"], let chosen = choices[path]?.type else {
      return false
    }
    return typesOfFile[path] != chosen
  }

  private mutating func noteForeign(_ keys: [String], file: ConfigOrigin, _ path: ConfigPath) {
    guard case .file(let name, _) = file, case .commandLine(let argument) = origins[path / "type"],
      let chosen = choices[path]?.type
    else { return }
    issues.append(
      .otherType(
        argument: argument, file: name, kind: path.description, described: typesOfFile[path],
        chosen: chosen, fields: keys))
  }

  /// Fields of one cause share it: the argument they stand in, or the types they belong to.
  private func cause(_ key: String, _ record: RecordType, _ path: ConfigPath) -> String {
    if case .commandLine(let argument) = origins[path / key], !argument.hasPrefix("--\(path / key)")
    {
      return argument
    }
    return hint(key, record, path) ?? ""
  }

  private func hint(_ keys: [String], _ record: RecordType, _ path: ConfigPath) -> String? {
    let hints = Set(keys.map { hint($0, record, path) })
    if hints.count == 1, let hint = hints.first {
      return keys.count == 1 ? hint : hint?.replacing("it belongs", with: "they belong")
    }
    return choices[path].map { "--help --\(path).type=\($0.type) lists its fields" }
  }

  /// The types that do have the field, or the nearest name.
  private func hint(_ key: String, _ record: RecordType, _ path: ConfigPath) -> String? {
    let owners = choices[path]?.choice.cases.filter { $0.record[key] != nil }.map(\.name) ?? []
    if !owners.isEmpty { return "it belongs to \(owners.joined(separator: ", "))" }
    let names = record.fields.filter(\.isOption).map { (path / $0.key).description }
    return Suggestion.nearest(to: (path / key).description, among: names)
      .map { "did you mean --\($0)?" }
  }
}

/// A field of a file that nothing here reads.
package struct DroppedField: Sendable, Equatable {
  package let place: ConfigPlace
  package let record: String
  /// The field that may be meant.
  package let nearest: String?
}

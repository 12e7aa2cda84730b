import OrderedCollections

/// A field of LeRobot after 0.4.2, and what becomes of it here. Files may hold it and the command
/// line may name it; what is written stays readable for 0.4.2, which does not know it.
package struct NewerField: Sendable {
  package enum Meaning: Sendable {
    /// Another name of a field of 0.4.2.
    case renamed(to: String)
    /// An option of our own of the same name and meaning.
    case ours
    /// It changes nothing of a training here, and why.
    case ignored(String)
    /// Only with these values it changes nothing; what other values ask for, which is not done here.
    case fixed([JSONValue], String)
  }

  /// Where it stands in train_config.json.
  package let path: ConfigPath
  package let meaning: Meaning

  init(_ path: String, _ meaning: Meaning) {
    self.path = ConfigPath(path.split(separator: ".").map(String.init))
    self.meaning = meaning
  }

  /// The same field in a file that holds only what is at `prefix`; nil if it is not in there.
  func inside(_ prefix: ConfigPath) -> NewerField? {
    guard path.isInside(prefix), path != prefix else { return nil }
    let keys = path.keys.dropFirst(prefix.keys.count)
    return NewerField(keys.joined(separator: "."), meaning)
  }

  /// Whether the value asks for nothing that is not done here.
  func allows(_ value: JSONValue) -> Bool {
    guard case .fixed(let values, _) = meaning else { return true }
    return values.contains { allowed in
      if let number = allowed.doubleValue, let given = value.doubleValue { return number == given }
      return allowed == value
    }
  }
}

extension [NewerField] {
  /// A `train_config.json` with the names that LeRobot 0.6 gives to its fields; nil where the text is no
  /// such file.
  package func renamed(_ text: String) -> String? {
    guard let value = try? JSONValue(parsing: text) else { return nil }
    var config = RawConfig()
    config.value = value
    for field in self {
      guard case .renamed(let old) = field.meaning else { continue }
      config.move(ConfigPath(old.split(separator: ".").map(String.init)), to: field.path)
    }
    return config.value.pythonText(indent: 4)
  }

  /// The field at a path, or the one that holds it.
  subscript(path: ConfigPath) -> NewerField? {
    first { path.isInside($0.path) }
  }

  /// Those of a file that holds only what is at `prefix`.
  func inside(_ prefix: ConfigPath) -> [NewerField] { compactMap { $0.inside(prefix) } }
}

/// The options of a command line, as LeRobot's parser derives them from the dataclasses.
package struct OptionTable: Sendable {
  /// One option.
  package struct Option: Sendable {
    /// Without the dashes: `policy.chunk_size`.
    package var name: String
    /// nil for a dataclass, which is given whole.
    package var field: FieldType?
    /// The allowed values of a `type`, which the parser itself checks.
    package var choices: [String]?
  }

  package private(set) var options: [Option] = []
  private var indices: [String: Int] = [:]

  /// The options that set the fields of `record`.
  package init(_ record: RecordType) {
    add(Option(name: "help"))
    add(Option(name: "config_path"))
    add(record, prefix: "")
  }

  package subscript(name: String) -> Option? {
    indices[name].map { options[$0] }
  }

  /// Options whose names start with `prefix`.
  package func matching(_ prefix: String) -> [Option] {
    options.filter { $0.name.hasPrefix(prefix) }
  }

  /// The first option of a name stays: draccus keeps one, and they do the same.
  private mutating func add(_ option: Option) {
    guard indices[option.name] == nil else { return }
    indices[option.name] = options.count
    options.append(option)
  }

  private mutating func add(_ record: RecordType, prefix: String) {
    for field in record.fields where field.isOption {
      let name = prefix + field.key
      switch field.type.unwrapped {
      case .record(let inner):
        addWhole(field, name)
        add(inner, prefix: name + ".")
      case .choice(let choice):
        addWhole(field, name)
        add(Option(name: name + ".type", choices: choice.cases.map(\.name)))
        for inner in choice.cases { add(inner.record, prefix: name + ".") }
      default:
        add(Option(name: name, field: field))
      }
    }
  }

  /// draccus names the option for a whole dataclass by its last part alone, which then sets
  /// nothing; the option is kept because it decides which abbreviations are ambiguous.
  private mutating func addWhole(_ field: FieldType, _ name: String) {
    add(Option(name: field.key))
  }
}

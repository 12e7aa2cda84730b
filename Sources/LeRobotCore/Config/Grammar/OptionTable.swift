/// The options of a command line: LeRobot's, as its parser derives them from the dataclasses, and our
/// own, which take no part in abbreviation.
package struct OptionTable: Sendable {
  /// One option.
  package struct Option: Sendable {
    /// Without the dashes: `policy.chunk_size`.
    package var name: String
    /// nil for a dataclass, which is given whole.
    package var field: FieldType?
    /// The allowed values, where the parser itself checks them.
    package var choices: [String]?
    /// Whether it is one of ours, to be written out in full.
    package var isOwn = false

    /// Whether it stands for a whole dataclass, which is rarely meant.
    var isWhole: Bool { field == nil && choices == nil && !["help", "config_path"].contains(name) }

    /// A value it takes: the default where that is one.
    var example: String {
      if let choices { return choices.first ?? "" }
      guard let field else { return name == "config_path" ? "PATH" : "{}" }
      switch field.defaultValue {
      case .int?, .double?: return field.defaultValue?.pythonText() ?? ""
      case .string(let text)? where !text.isEmpty: return text.shellQuoted
      default: return field.type.example
      }
    }
  }

  package private(set) var options: [Option] = []
  /// What newer LeRobots have besides; never abbreviated, suggested or completed.
  let newer: [NewerField]
  /// Names of options that belong to another purpose of the program.
  let elsewhere: Set<String>
  private var indices: [String: Int] = [:]

  /// The options that set the fields of `record`, LeRobot's, and of `own`.
  package init(
    _ record: RecordType, own: RecordType? = nil, newer: [NewerField] = [],
    elsewhere: Set<String> = []
  ) {
    self.newer = newer
    self.elsewhere = elsewhere
    add(Option(name: "help"))
    add(Option(name: "config_path"))
    add(record, prefix: "")
    if let own { addOwn(own, prefix: "") }
  }

  package subscript(name: String) -> Option? {
    indices[name].map { options[$0] }
  }

  /// The option that only newer LeRobots have.
  func newerOption(_ name: String) -> Option? {
    newer[ConfigPath(name.split(separator: ".").map(String.init))].map { _ in Option(name: name) }
  }

  /// The options that an abbreviation can mean: those of LeRobot that start with `prefix`.
  package func matching(_ prefix: String) -> [Option] {
    options.filter { !$0.isOwn && $0.name.hasPrefix(prefix) }
  }

  /// Options of our own, in the order of their records.
  package var own: [Option] { options.filter(\.isOwn) }

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

  private mutating func addOwn(_ record: RecordType, prefix: String) {
    for field in record.fields where field.isOption {
      let name = prefix + field.key
      if case .record(let inner) = field.type.unwrapped {
        addOwn(inner, prefix: name + ".")
      } else {
        add(Option(name: name, field: field, choices: field.type.words, isOwn: true))
      }
    }
  }

  /// draccus names the option for a whole dataclass by its last part alone, which then sets
  /// nothing; the option is kept because it decides which abbreviations are ambiguous.
  private mutating func addWhole(_ field: FieldType, _ name: String) {
    add(Option(name: field.key))
  }
}

/// What the value of a configuration field may be, as the dataclass annotations of LeRobot say it.
package indirect enum ValueType: Sendable {
  case bool
  case int
  case float
  /// A number that stays an integer if it was written as one.
  case number
  case string
  /// A path of the file system; trailing and doubled slashes are dropped as pathlib drops them.
  case path
  /// The dictionary that a JSON file holds: an option names the file, and files of ours hold what it held.
  case content
  /// Anything a file can hold, kept as it is.
  case any
  case list(ValueType)
  /// A fixed number of values.
  case tuple([ValueType])
  /// Any number of values where Python holds a tuple.
  case sequence(ValueType)
  case dictionary(ValueType)
  case enumeration([String])
  case record(RecordType)
  case choice(ChoiceType)
  case optional(ValueType)
}

/// A dataclass: its fields in the order in which files show them.
package struct RecordType: Sendable {
  package var name: String
  package var fields: [FieldType]
  /// What is wrong with values that are each of the right type.
  package var check: @Sendable (JSONValue) -> [FieldProblem]

  package init(
    name: String, fields: [FieldType],
    check: @escaping @Sendable (JSONValue) -> [FieldProblem] = { _ in [] }
  ) {
    self.name = name
    self.fields = fields
    self.check = check
  }

  package subscript(key: String) -> FieldType? {
    fields.first { $0.key == key }
  }

  /// Whether an option sets the value at `path`.
  func hasOption(_ path: ConfigPath) -> Bool {
    guard let key = path.keys.first, let field = self[key], field.isOption else { return false }
    let rest = ConfigPath(Array(path.keys.dropFirst()))
    guard let next = rest.keys.first else { return true }
    switch field.type.unwrapped {
    case .record(let inner): return inner.hasOption(rest)
    case .choice(let choice):
      let isType = next == "type" && rest.keys.count == 1
      return isType || choice.cases.contains { $0.record.hasOption(rest) }
    default: return false
    }
  }
}

/// One field: LeRobot's key, its type, its default and its meaning.
package struct FieldType: Sendable {
  package var key: String
  package var type: ValueType
  /// nil where a value must be given.
  package var defaultValue: JSONValue?
  package var help: String
  /// False for what only a file may hold.
  package var isOption: Bool
  /// The value of an option that is typed without one; nil where a value must follow.
  package var valueAlone: String?

  package init(
    key: String, type: ValueType, defaultValue: JSONValue?, help: String, isOption: Bool = true,
    valueAlone: String? = nil
  ) {
    self.key = key
    self.type = type
    self.defaultValue = defaultValue
    self.help = help
    self.isOption = isOption
    self.valueAlone = valueAlone
  }
}

/// A dictionary whose `type` says which of several dataclasses it is (draccus `ChoiceRegistry`).
package struct ChoiceType: Sendable {
  package var name: String
  /// The case meant when `type` is missing.
  package var defaultCase: String?
  package var cases: [Case]

  /// One dataclass and the name it is chosen by.
  package struct Case: Sendable {
    package var name: String
    package var record: RecordType
  }

  package init(name: String, defaultCase: String? = nil, cases: [Case]) {
    self.name = name
    self.defaultCase = defaultCase
    self.cases = cases
  }

  package subscript(name: String) -> RecordType? {
    cases.first { $0.name == name }?.record
  }
}

/// A value of the right type that makes no sense; `key` is the field.
package struct FieldProblem: Sendable, Equatable {
  package var key: String
  package var message: String

  package init(_ key: String, _ message: String) {
    self.key = key
    self.message = message
  }
}

extension ValueType {
  /// The type as help texts name it.
  package var name: String {
    switch self {
    case .bool: "bool"
    case .int: "int"
    case .float, .number: "float"
    case .string: "text"
    case .path: "path"
    case .content: "JSON file"
    case .any: "any"
    case .list(let element): "list of \(element.name)"
    case .tuple(let elements): "[" + elements.map(\.name).joined(separator: ", ") + "]"
    case .sequence(let element): "list of \(element.name)"
    case .dictionary(let element): "dictionary of \(element.name)"
    case .enumeration(let names): names.joined(separator: "|")
    case .record(let record): record.name
    case .choice(let choice): choice.cases.map(\.name).joined(separator: "|")
    case .optional(let wrapped): "\(wrapped.name) or null"
    }
  }

  /// What an error message says was expected.
  package var expectation: String {
    switch self {
    case .bool: "true or false"
    case .int: "an integer"
    case .float, .number: "a number"
    case .string: "a text"
    case .path: "a path"
    case .content: "the dictionary of a JSON file"
    case .any: "a value"
    case .list(.int), .sequence(.int): "a list of integers such as [0, 1, 2]"
    case .list(let element), .sequence(let element): "a list of \(element.name) in brackets"
    case .tuple(let elements): "a list of \(elements.count) values: \(name)"
    case .dictionary: #"a dictionary such as {"a": "b"}"#
    case .enumeration(let names): "one of " + names.joined(separator: ", ")
    case .record: "a dictionary of its fields"
    case .choice(let choice): "a dictionary with a \"type\": \(choice.names)"
    case .optional(let wrapped): "\(wrapped.expectation), or null"
    }
  }

  /// A value that an option of this type takes, to show how one is written.
  package var example: String {
    switch self {
    case .bool: "true"
    case .int: "100"
    case .float, .number: "0.1"
    case .string: "NAME"
    case .path: "PATH"
    case .content: "FILE.json"
    case .any, .optional(.any): "null"
    case .list(.int), .sequence(.int): "[0,1]"
    case .list, .sequence: "[]"
    case .tuple(let elements): "[" + elements.map(\.example).joined(separator: ",") + "]"
    case .dictionary, .record: "{}"
    case .enumeration(let names): names.first ?? ""
    case .choice(let choice): choice.cases.first.map { "{type: \($0.name)}".shellQuoted } ?? ""
    case .optional(let wrapped): wrapped.example
    }
  }

  /// The only words that an option of this type takes; nil where it takes others.
  package var words: [String]? {
    switch self {
    case .bool: ["true", "false"]
    case .enumeration(let names): names
    case .optional(let wrapped): wrapped.words.map { $0 + ["null"] }
    default: nil
    }
  }

  /// Whether an option names the file that holds the value.
  var isContent: Bool {
    if case .content = self { true } else { false }
  }

  /// The type without the optional around it.
  package var unwrapped: ValueType {
    if case .optional(let wrapped) = self { wrapped } else { self }
  }
}

extension ChoiceType {
  /// The names of the cases, separated by commas.
  package var names: String {
    cases.map(\.name).joined(separator: ", ")
  }
}

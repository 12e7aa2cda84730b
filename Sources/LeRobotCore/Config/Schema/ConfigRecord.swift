import OrderedCollections

/// A dataclass of LeRobot's configuration: a struct and the table of its fields, in the order in
/// which files show them. The table is what decodes, encodes, checks, documents and completes.
package protocol ConfigRecord: ConfigValue {
  /// The defaults.
  init()
  static var fields: [Field<Self>] { get }
  /// The dataclass's name in messages.
  static var recordName: String { get }
  /// What is wrong with the values taken together (LeRobot's `__post_init__`).
  var problems: [FieldProblem] { get }
  /// What every record of a kind checks beside its own `problems`.
  var sharedProblems: [FieldProblem] { get }
}

extension ConfigRecord {
  package var problems: [FieldProblem] { [] }
  package var sharedProblems: [FieldProblem] { [] }
  package static var recordName: String { String(describing: Self.self) }

  package static var recordType: RecordType { recordType(Self()) }

  /// The type whose defaults are those of `defaults`.
  package static func recordType(_ defaults: Self) -> RecordType {
    recordType(defaults, fields: fields)
  }

  /// The same with the given fields in the place of the type's own.
  static func recordType(_ defaults: Self, fields: [Field<Self>]) -> RecordType {
    RecordType(
      name: recordName,
      fields: fields.map { $0.description(defaults) },
      check: { json in
        Self(canonical: json, fields: fields).map { $0.sharedProblems + $0.problems } ?? []
      })
  }

  package static var valueType: ValueType { .record(recordType) }

  package init?(canonical json: JSONValue) {
    self.init(canonical: json, fields: Self.fields)
  }

  /// Reads the dictionary by the given fields.
  init?(canonical json: JSONValue, fields: [Field<Self>]) {
    guard let members = json.objectValue else { return nil }
    self.init()
    for field in fields {
      if let value = members[field.key], !field.set(&self, value) { return nil }
    }
  }

  /// As LeRobot 0.4.2 reads it.
  package var json: JSONValue { json { !$0.isNewer } }
  /// The fields of newer LeRobots, which files of 0.4.2 must not hold.
  package var newerFields: JSONValue { json(\.isNewer) }

  private func json(_ isIncluded: (Field<Self>) -> Bool) -> JSONValue {
    .object(
      OrderedDictionary(
        uniqueKeysWithValues: Self.fields.filter(isIncluded).map { ($0.key, $0.get(self)) }))
  }

  /// Takes over fields of newer LeRobots; others, and what is no value of theirs, are left as they are.
  package mutating func takeNewerFields(_ json: JSONValue) {
    for field in Self.fields where field.isNewer {
      if let value = json[field.key] { _ = field.set(&self, value) }
    }
  }
}

/// A field of `Root`: LeRobot's key, where the value lies, and one sentence of help.
package struct Field<Root: Sendable>: Sendable {
  package var key: String
  package var type: ValueType
  package var help: String
  package var isRequired = false
  package var isOption = true
  /// Whether a checkpoint keeps it for the run that resumes; options of our own only.
  package var isSaved = false
  /// Whether only newer LeRobots have it: no file of ours that 0.4.2 reads holds it.
  package var isNewer = false
  /// The value of an option that is typed without one; nil where a value must follow.
  package var valueAlone: String?
  /// What files show while the field is not set, where that is not a value of its type.
  package var get: @Sendable (Root) -> JSONValue
  /// False if the JSON is not of the field's type.
  package var set: @Sendable (inout Root, JSONValue) -> Bool

  package init<Value: ConfigValue>(
    _ key: String, _ property: any WritableKeyPath<Root, Value> & Sendable, _ help: String,
    as type: ValueType = Value.valueType
  ) {
    self.key = key
    self.type = type
    self.help = help
    get = { $0[keyPath: property].json }
    set = { root, json in
      guard let value = Value(canonical: json) else { return false }
      root[keyPath: property] = value
      return true
    }
  }

  /// A field that has no default.
  package var required: Field {
    var field = self
    field.isRequired = true
    return field
  }

  /// A field that files hold and no option sets.
  package var fileOnly: Field {
    var field = self
    field.isOption = false
    return field
  }

  /// A field that a checkpoint keeps for the run that resumes.
  package var saved: Field {
    var field = self
    field.isSaved = true
    return field
  }

  /// A field that only newer LeRobots have.
  package var newer: Field {
    var field = self
    field.isNewer = true
    return field
  }

  /// A field whose option may stand alone, and then means `value`.
  package func standingAlone(as value: String) -> Field {
    var field = self
    field.valueAlone = value
    return field
  }

  /// The same field of a struct that holds a `Root`.
  package func lifted<Outer>(
    to property: any WritableKeyPath<Outer, Root> & Sendable
  ) -> Field<Outer> {
    Field<Outer>(self, property)
  }

  private init<Inner>(
    _ inner: Field<Inner>, _ property: any WritableKeyPath<Root, Inner> & Sendable
  ) {
    key = inner.key
    type = inner.type
    help = inner.help
    isRequired = inner.isRequired
    isOption = inner.isOption
    isSaved = inner.isSaved
    isNewer = inner.isNewer
    valueAlone = inner.valueAlone
    get = { inner.get($0[keyPath: property]) }
    set = { inner.set(&$0[keyPath: property], $1) }
  }

  func description(_ defaults: Root) -> FieldType {
    FieldType(
      key: key, type: type, defaultValue: isRequired ? nil : get(defaults), help: help,
      isOption: isOption, valueAlone: valueAlone)
  }
}

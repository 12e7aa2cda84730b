import OrderedCollections

/// Turns what a user wrote into canonical JSON of the declared types, field by field, with the
/// rules of draccus 0.10 (`parsers/decoding.py`): text is read as the number it spells, anything
/// becomes text where text is declared, floats are no integers, defaults fill what is missing.
struct ConfigDecoder {
  let origins: ConfigOrigins
  /// What a file says a choice is, where an option may say otherwise.
  let typesOfFile: [ConfigPath: String]
  /// Fields that newer LeRobots have besides.
  let newer: [NewerField]
  var issues: [ConfigIssue] = []
  /// Fields of files that nothing here reads.
  var dropped: [DroppedField] = []
  /// Fields of newer LeRobots that were there and change nothing.
  var idle: [(place: ConfigPlace, field: NewerField)] = []
  /// The choices on the way and what was chosen, to say where a misplaced field belongs.
  private(set) var choices: [ConfigPath: (choice: ChoiceType, type: String)] = [:]
  /// Where null may stand.
  private var optionals: Set<ConfigPath> = []
  /// Whether issues say what to write instead; what is tried as a hint needs none.
  private var givesHints = true
  /// The record that everything is decoded as, which knows the options.
  private var root: RecordType?

  init(
    origins: ConfigOrigins, typesOfFile: [ConfigPath: String] = [:], newer: [NewerField] = []
  ) {
    self.origins = origins
    self.typesOfFile = typesOfFile
    self.newer = newer
  }

  /// The canonical JSON, or nil after noting at least one issue.
  mutating func decode(_ raw: JSONValue, as type: ValueType, at path: ConfigPath) -> JSONValue? {
    switch type {
    case .optional(let wrapped):
      optionals.insert(path)
      return raw.isNull ? .null : decode(raw, as: wrapped, at: path)
    case .list(let element):
      guard case .array(let elements) = raw else { return refuse(raw, type, path) }
      return sequence(elements, as: { _ in element }, at: path)
    case .sequence(let element):
      guard let elements = raw.pythonElements else { return refuse(raw, type, path) }
      return sequence(elements, as: { _ in element }, at: path)
    case .tuple(let types):
      guard let elements = raw.pythonElements, elements.count == types.count else {
        return refuse(raw, type, path)
      }
      return sequence(elements, as: { types[$0] }, at: path)
    case .dictionary(let element):
      guard let members = raw.pythonItems else { return refuse(raw, type, path) }
      return dictionary(members, of: element, at: path)
    case .record(let record):
      guard let members = raw.pythonFields else { return refuse(raw, type, path) }
      return decode(members, as: record, at: path).map { .object($0) }
    case .choice(let choice):
      return decode(raw, as: choice, at: path)
    default:
      return scalar(raw, as: type) ?? refuse(raw, type, path)
    }
  }

  private func scalar(_ raw: JSONValue, as type: ValueType) -> JSONValue? {
    switch type {
    case .bool:
      switch raw {
      case .bool: raw
      case .string("true"): .bool(true)
      case .string("false"): .bool(false)
      default: nil
      }
    case .int: raw.pythonInt.map { .int($0) }
    case .float: raw.pythonFloat.map { .double($0) }
    case .number:
      switch raw {
      case .int, .double: raw
      default: nil
      }
    case .string: .string(raw.pythonString)
    case .path: raw.stringValue.map { .string($0.pythonPath) }
    case .enumeration(let names): raw.stringValue.flatMap { names.contains($0) ? raw : nil }
    case .content: raw.objectValue.map { .object($0) }
    case .any: raw
    default: nil
    }
  }

  private mutating func sequence(
    _ elements: [JSONValue], as type: (Int) -> ValueType, at path: ConfigPath
  ) -> JSONValue? {
    let decoded = elements.enumerated().map { decode($1, as: type($0), at: path / String($0)) }
    let values = decoded.compactMap { $0 }
    return values.count == decoded.count ? .array(values) : nil
  }

  private mutating func dictionary(
    _ members: OrderedDictionary<String, JSONValue>, of type: ValueType, at path: ConfigPath
  ) -> JSONValue? {
    var decoded: OrderedDictionary<String, JSONValue> = [:]
    for (key, value) in members {
      decoded[key] = decode(value, as: type, at: path / key)
    }
    return decoded.count == members.count ? .object(decoded) : nil
  }

  // MARK: - Dataclasses

  /// Every field of `record` in its order; nil after noting an issue.
  mutating func decode(
    _ members: OrderedDictionary<String, JSONValue>, as record: RecordType, at path: ConfigPath
  ) -> OrderedDictionary<String, JSONValue>? {
    let issueCount = issues.count
    root = root ?? record
    var decoded: OrderedDictionary<String, JSONValue> = [:]
    for field in record.fields {
      if let raw = members[field.key] {
        decoded[field.key] = decode(raw, as: field.type, at: path / field.key)
      } else if let value = field.defaultValue {
        decoded[field.key] = value
      } else if case .record(let inner) = field.type {
        // Its own fields report what it needs.
        decoded[field.key] = decode([:], as: inner, at: path / field.key).map { .object($0) }
      } else {
        noteMissing(path / field.key, field.type.expectation, example: field.type.example)
      }
    }
    noteUnknown(members.filter { record[$0.key] == nil }, of: record, at: path)
    guard issues.count == issueCount else { return nil }
    for problem in record.check(.object(decoded)) {
      issues.append(.invalidCombination(place(path / problem.key), message: problem.message))
    }
    return issues.count == issueCount ? decoded : nil
  }

  private mutating func decode(
    _ raw: JSONValue, as choice: ChoiceType, at path: ConfigPath
  ) -> JSONValue? {
    guard case .object(var members) = raw else { return refuse(raw, .choice(choice), path) }
    guard let type = members.removeValue(forKey: "type")?.pythonString ?? choice.defaultCase else {
      let example = choice.cases.first?.name
      noteMissing(path / "type", "one of \(choice.names)", example: example)
      return nil
    }
    guard let record = choice[type] else {
      let hint = Suggestion.text(for: type, among: choice.cases.map(\.name))
      issues.append(
        .invalidValue(
          place(path / "type"), found: "\"\(type)\"", expected: "a known type", hint: hint))
      return nil
    }
    choices[path] = (choice, type)
    guard let fields = decode(members, as: record, at: path) else { return nil }
    var decoded: OrderedDictionary<String, JSONValue> = ["type": .string(type)]
    decoded.merge(fields) { first, _ in first }
    return .object(decoded)
  }

  // MARK: - Issues

  func place(_ path: ConfigPath) -> ConfigPlace {
    ConfigPlace(path: path, origin: origins[path])
  }

  private mutating func refuse(
    _ raw: JSONValue, _ type: ValueType, _ path: ConfigPath
  ) -> JSONValue? {
    issues.append(
      .invalidValue(
        place(path), found: raw.shortText, expected: type.expectation,
        hint: givesHints ? hint(raw, type, path) : nil))
    return nil
  }

  /// A value that has no default; the message shows an option that gives it, where there is one.
  private mutating func noteMissing(_ path: ConfigPath, _ type: String, example: String?) {
    let option = root?.hasOption(path) == true ? example : nil
    issues.append(.missingField(place(path), type: type, example: option))
  }

  private func hint(_ raw: JSONValue, _ type: ValueType, _ path: ConfigPath) -> String? {
    switch type {
    case .choice(let choice):
      return raw.stringValue.flatMap { choice[$0] == nil ? nil : "give --\(path).type=\($0)" }
    case .record(let record):
      guard case .bool(let isOn) = raw, record["enable"] != nil else { return nil }
      return "give --\(path).enable=\(isOn)"
    default:
      return ValueHint.text(for: raw, as: optionals.contains(path) ? .optional(type) : type)
    }
  }

  /// Whether the value decodes as the type.
  static func reads(_ value: JSONValue, as type: ValueType) -> Bool {
    var decoder = ConfigDecoder(origins: ConfigOrigins())
    decoder.givesHints = false
    return decoder.decode(value, as: type, at: ConfigPath()) != nil
  }
}

extension JSONValue {
  /// What Python iterates over: elements, characters or keys.
  fileprivate var pythonElements: [JSONValue]? {
    switch self {
    case .array(let elements): elements
    case .string(let text): text.unicodeScalars.map { .string(String($0)) }
    case .object(let members): members.keys.map { .string($0) }
    default: nil
    }
  }

  /// A dictionary, or the list of pairs that draccus takes for one.
  fileprivate var pythonItems: OrderedDictionary<String, JSONValue>? {
    if let objectValue { return objectValue }
    guard let pairs = arrayValue?.map(\.pythonElements) else { return nil }
    var items: OrderedDictionary<String, JSONValue> = [:]
    for pair in pairs {
      guard let pair, pair.count == 2 else { return nil }
      items[pair[0].pythonString] = pair[1]
    }
    return items
  }

  /// A dictionary, or the empty list that draccus takes for an empty one.
  fileprivate var pythonFields: OrderedDictionary<String, JSONValue>? {
    self == .array([]) ? [:] : objectValue
  }

  /// The value as a message quotes it.
  fileprivate var shortText: String {
    let text = pythonText()
    return text.count <= 60 ? text : text.prefix(57) + "…"
  }
}

import OrderedCollections

/// Turns what a user wrote into canonical JSON of the declared types, field by field, with the
/// rules of draccus 0.10 (`parsers/decoding.py`): text is read as the number it spells, anything
/// becomes text where text is declared, floats are no integers, defaults fill what is missing.
struct ConfigDecoder {
  let origins: ConfigOrigins
  var issues: [ConfigIssue] = []
  var warnings: [ConfigWarning] = []
  /// The choices on the way, to say where a misplaced field belongs.
  private var choices: [ConfigPath: ChoiceType] = [:]

  init(origins: ConfigOrigins) {
    self.origins = origins
  }

  /// The canonical JSON, or nil after noting at least one issue.
  mutating func decode(_ raw: JSONValue, as type: ValueType, at path: ConfigPath) -> JSONValue? {
    switch type {
    case .optional(let wrapped):
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
        let place = ConfigPlace(path: path / field.key, origin: .fallback)
        issues.append(.missingField(place, type: field.type.expectation))
      }
    }
    for key in members.keys where record[key] == nil {
      noteUnknown(key, of: record, at: path)
    }
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
      let place = place(path / "type")
      issues.append(.missingField(place, type: "one of \(choice.names)"))
      return nil
    }
    guard let record = choice[type] else {
      let hint = Suggestion.text(for: type, among: choice.cases.map(\.name))
      issues.append(
        .invalidValue(
          place(path / "type"), found: "\"\(type)\"", expected: "a known type", hint: hint))
      return nil
    }
    choices[path] = choice
    guard let fields = decode(members, as: record, at: path) else { return nil }
    var decoded: OrderedDictionary<String, JSONValue> = ["type": .string(type)]
    decoded.merge(fields) { first, _ in first }
    return .object(decoded)
  }

  /// A field nobody knows is an error where a user typed it, and a warning in a file, which may
  /// come from another release. But a file's fields for one type are no noise once the command line
  /// asks for another.
  private mutating func noteUnknown(_ key: String, of record: RecordType, at path: ConfigPath) {
    let place = place(path / key)
    if case .file = place.origin {
      guard case .commandLine = origins[path / "type"] else {
        let nearest = Suggestion.nearest(to: key, among: record.fields.map(\.key))
        warnings.append(.droppedField(place, record: record.name, nearest: nearest))
        return
      }
      let remedy = "the file describes another type: give the new one whole, "
      issues.append(
        .unknownField(
          place, record: record.name, hint: remedy + "--\(path)={\"type\": …}"))
      return
    }
    issues.append(.unknownField(place, record: record.name, hint: hint(key, record, path)))
  }

  /// The types that do have the field, or the nearest name.
  private func hint(_ key: String, _ record: RecordType, _ path: ConfigPath) -> String? {
    let owners = choices[path]?.cases.filter { $0.record[key] != nil }.map(\.name) ?? []
    if !owners.isEmpty { return "it belongs to \(owners.joined(separator: ", "))" }
    let names = record.fields.filter(\.isOption).map { (path / $0.key).description }
    return Suggestion.nearest(to: (path / key).description, among: names)
      .map { "did you mean --\($0)?" }
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
        hint: ValueHint.text(for: raw, as: type)))
    return nil
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

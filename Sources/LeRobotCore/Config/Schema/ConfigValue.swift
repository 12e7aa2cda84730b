import OrderedCollections

/// A Swift type that a configuration field can have.
///
/// `ConfigDecoder` first turns what a user wrote into the canonical JSON of `valueType`, with every
/// rule of LeRobot's parser; the conformances here only carry that across.
package protocol ConfigValue: Sendable, Equatable {
  static var valueType: ValueType { get }
  /// From the canonical JSON of `valueType`; nil for any other JSON.
  init?(canonical json: JSONValue)
  /// The value as configuration files hold it.
  var json: JSONValue { get }
}

extension Bool: ConfigValue {
  package static var valueType: ValueType { .bool }
  package init?(canonical json: JSONValue) {
    guard let value = json.boolValue else { return nil }
    self = value
  }
  package var json: JSONValue { .bool(self) }
}

extension Int: ConfigValue {
  package static var valueType: ValueType { .int }
  package init?(canonical json: JSONValue) {
    guard let value = json.intValue else { return nil }
    self = value
  }
  package var json: JSONValue { .int(self) }
}

extension Double: ConfigValue {
  package static var valueType: ValueType { .float }
  package init?(canonical json: JSONValue) {
    guard let value = json.doubleValue else { return nil }
    self = value
  }
  package var json: JSONValue { .double(self) }
}

extension String: ConfigValue {
  package static var valueType: ValueType { .string }
  package init?(canonical json: JSONValue) {
    guard let value = json.stringValue else { return nil }
    self = value
  }
  package var json: JSONValue { .string(self) }
}

extension JSONValue: ConfigValue {
  package static var valueType: ValueType { .any }
  package init?(canonical json: JSONValue) { self = json }
  package var json: JSONValue { self }
}

extension Optional: ConfigValue where Wrapped: ConfigValue {
  package static var valueType: ValueType { .optional(Wrapped.valueType) }
  package init?(canonical json: JSONValue) {
    if json.isNull {
      self = .none
    } else if let value = Wrapped(canonical: json) {
      self = .some(value)
    } else {
      return nil
    }
  }
  package var json: JSONValue { self?.json ?? .null }
}

extension Array: ConfigValue where Element: ConfigValue {
  package static var valueType: ValueType { .list(Element.valueType) }
  package init?(canonical json: JSONValue) {
    guard let elements = json.arrayValue else { return nil }
    let values = elements.compactMap(Element.init(canonical:))
    guard values.count == elements.count else { return nil }
    self = values
  }
  package var json: JSONValue { .array(map(\.json)) }
}

extension OrderedDictionary: ConfigValue where Key == String, Value: ConfigValue {
  package static var valueType: ValueType { .dictionary(Value.valueType) }
  package init?(canonical json: JSONValue) {
    guard let members = json.objectValue else { return nil }
    let values = members.compactMapValues(Value.init(canonical:))
    guard values.count == members.count else { return nil }
    self = values
  }
  package var json: JSONValue { .object(mapValues(\.json)) }
}

extension ConfigValue where Self: RawRepresentable & CaseIterable, RawValue == String {
  package static var valueType: ValueType { .enumeration(allCases.map(\.rawValue)) }
  package init?(canonical json: JSONValue) {
    guard let name = json.stringValue else { return nil }
    self.init(rawValue: name)
  }
  package var json: JSONValue { .string(rawValue) }
}

extension FeatureType: ConfigValue {}
extension NormalizationMode: ConfigValue {}

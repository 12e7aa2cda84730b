import OrderedCollections

/// The configuration of the policy that is trained: a box for a value of any type that
/// `PolicyRegistry` lists.
package struct PolicyConfig: Sendable {
  /// The policy's own configuration.
  package var value: any PolicyConfiguration

  package init(_ value: any PolicyConfiguration) {
    self.value = value
  }

  /// LeRobot's name of the policy, as `--policy.type` takes it.
  package var type: String { Swift.type(of: value).policyType }

  /// What every policy has.
  package var common: PolicyCommon {
    get { value.common }
    set { value.common = newValue }
  }
}

extension PolicyConfig: Equatable {
  package static func == (left: PolicyConfig, right: PolicyConfig) -> Bool {
    func equals<Value: PolicyConfiguration>(_ value: Value) -> Bool {
      value == right.value as? Value
    }
    return equals(left.value)
  }
}

/// As a value of a configuration file. Only the built-in policies are read this way; a schema with
/// others reads them through its own registry.
extension PolicyConfig: ConfigValue {
  package static var valueType: ValueType { PolicyRegistry.builtIn.valueType }

  package init?(canonical json: JSONValue) {
    guard let config = PolicyRegistry.builtIn.policy(canonical: json) else { return nil }
    self = config
  }

  package var json: JSONValue { value.json.tagged(type) }
}

extension JSONValue {
  /// The dictionary with `type` in front.
  func tagged(_ type: String) -> JSONValue {
    var members: OrderedDictionary<String, JSONValue> = ["type": .string(type)]
    members.merge(objectValue ?? [:]) { first, _ in first }
    return .object(members)
  }
}

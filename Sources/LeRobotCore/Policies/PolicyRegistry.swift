/// The policies that can be configured: their configuration types, by the names that
/// `--policy.type` takes.
///
/// A value that is handed to the configuration loader, so that a test can add a policy of its own.
/// What can be trained is in the registries of `Fast` and `Reference`.
package struct PolicyRegistry: Sendable {
  /// Every policy LeRobot registers, in its order.
  package static let builtIn = PolicyRegistry([
    ACTConfig.self, DiffusionConfig.self, GrootConfig.self, PI0Config.self, PI05Config.self,
    SmolVLAConfig.self, TDMPCConfig.self, VQBeTConfig.self, SACConfig.self,
    RewardClassifierConfig.self,
  ])

  /// In the order in which help texts list them.
  package let types: [any PolicyConfiguration.Type]

  package init(_ types: [any PolicyConfiguration.Type]) {
    self.types = types
  }

  /// The registry with another policy at its end, or in the place of the one of the same name.
  package func adding(_ type: any PolicyConfiguration.Type) -> PolicyRegistry {
    guard let place = types.firstIndex(where: { $0.policyType == type.policyType }) else {
      return PolicyRegistry(types + [type])
    }
    var changed = types
    changed[place] = type
    return PolicyRegistry(changed)
  }

  package subscript(name: String) -> (any PolicyConfiguration.Type)? {
    types.first { $0.policyType == name }
  }

  /// The names of the policies, in order.
  package var names: [String] { types.map { $0.policyType } }

  /// The policies as the cases of a configuration field.
  package var choiceType: ChoiceType {
    ChoiceType(
      name: "policy",
      cases: types.map { ChoiceType.Case(name: $0.policyType, record: $0.recordType) })
  }

  package var valueType: ValueType { .choice(choiceType) }

  /// The policy of a configuration file's dictionary, chosen by its `type`; nil where its fields
  /// do not have their types.
  package func policy(canonical json: JSONValue) -> PolicyConfig? {
    guard let name = json["type"]?.stringValue,
      let value = self[name]?.init(canonical: json)
    else { return nil }
    return PolicyConfig(value)
  }
}

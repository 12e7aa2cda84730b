import LeRobotCore

/// The policies that are trained in plain Swift: for each a builder, under LeRobot's name.
package struct PolicyBuilders: Sendable {
  /// Those of this release.
  package static let builtIn = PolicyBuilders([
    PolicyBuilder(ACTPolicy.init), PolicyBuilder(DiffusionPolicy.init),
    PolicyBuilder(PIPolicy<PI0>.init), PolicyBuilder(PIPolicy<PI05>.init),
    PolicyBuilder(SmolVLAPolicy.init), PolicyBuilder(TDMPCPolicy.init),
    PolicyBuilder(VQBeTPolicy.init),
  ])

  private let builders: [PolicyBuilder]

  package init(_ builders: [PolicyBuilder]) {
    self.builders = builders
  }

  /// The registry with another policy at its end.
  package func adding(_ builder: PolicyBuilder) -> PolicyBuilders {
    PolicyBuilders(builders + [builder])
  }

  /// The names of the policies, in order.
  package var names: [String] { builders.map(\.name) }

  /// The policy a configuration names, with initial weights drawn in LeRobot's order.
  ///
  /// - Throws: `PolicyConfigError` for a configuration no such policy can be built from,
  ///   `TrainingError.notTrainable` where there is no builder.
  package func makePolicy(
    _ config: PolicyConfig, random: any RandomSource
  ) throws -> any Policy {
    for builder in builders where builder.name == config.type {
      if let policy = try builder.build(config.value, random) { return policy }
    }
    throw TrainingError.notTrainable(policy: config.type, trainable: names)
  }
}

/// Builds one policy from its configuration.
package struct PolicyBuilder: Sendable {
  /// The name of the configuration it takes.
  let name: String
  /// nil for a configuration of another type.
  let build: @Sendable (any PolicyConfiguration, any RandomSource) throws -> (any Policy)?

  package init<Configuration: PolicyConfiguration>(
    _ build: @escaping @Sendable (Configuration, any RandomSource) throws -> any Policy
  ) {
    name = Configuration.policyType
    self.build = { configuration, random in
      try (configuration as? Configuration).map { try build($0, random) }
    }
  }
}

import LeRobotCore

/// The policy a configuration names, with initial weights drawn in LeRobot's order.
///
/// - Throws: what is wrong with a configuration no such policy can be built from.
package func makePolicy(
  _ config: PolicyConfig, random: any RandomSource
) throws -> any Policy {
  switch config {
  case .act(let config): return try ACTPolicy(config, random: random)
  case .diffusion(let config): return try DiffusionPolicy(config, random: random)
  case .groot, .pi0, .pi05, .smolVLA, .tdmpc, .vqbet, .sac, .rewardClassifier:
    throw TrainingError.notTrainable(policy: config.type)
  }
}

import LeRobotCore

/// The policy a configuration names, with initial weights drawn in LeRobot's order.
///
/// - Throws: `TorchError.unsupported` for a configuration it cannot be built from.
package func makePolicy(
  _ config: PolicyConfig, random: any RandomSource
) throws(TorchError) -> any Policy {
  switch config {
  case .act(let config): return try ACTPolicy(config, random: random)
  case .diffusion, .groot, .pi0, .pi05, .smolVLA, .tdmpc, .vqbet, .sac, .rewardClassifier:
    throw .unsupported(
      key: "policy.type", reason: "training \(config.type) is not built yet; act is")
  }
}

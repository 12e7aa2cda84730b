import LeRobotCore

/// The world model in training, and the target that follows it.
package struct TDMPC: Layer {
  /// θ.
  package let model: TDMPCModel
  /// θ⁻.
  package let target: TDMPCModel
  private let config: TDMPCConfig
  private let features: TDMPCFeatures

  /// Draws the model; the target is a copy of it.
  package init(_ config: TDMPCConfig, features: TDMPCFeatures, random: any RandomSource) {
    self.config = config
    self.features = features
    model = TDMPCModel(config, features: features, random: random)
    model.initialize(random)
    target = TDMPCModel(config, features: features, random: NoRandom())
    for (copy, parameter) in zip(target.parameters.values, model.parameters.values) {
      copy.role = .target
      copy.value = parameter.value
    }
  }

  package var parameters: NamedParameters { named(("model", model), ("model_target", target)) }

  /// [TDMPC-loss]
  ///
  /// - Parameters:
  ///   - batch: observations [B, H+1, …], actions [B, H, A], rewards [B, H], and what is padding.
  ///   - pass: draws shifts and Qs.
  package func loss(_ batch: [String: Tensor], _ pass: Pass) -> PolicyLoss {
    let observation = observations(batch, pass.random)  // o₀ … o_H
    let a = timeMajor(batch.tensor("action"))  // [H, B, A]
    let r = timeMajor(batch.tensor("next.reward")).reshaped(Array(a.shape.dropLast()))  // [H, B]
    let weights = TDMPCWeights(batch, decay: config.temporalDecay)

    let latents = rollout(observation, a)  // z₀ … z_H
    let z = latents.sliced(0..<a.size(0), axis: 0)  // z₀ … z_{H−1}, [H, B, Z]
    let q = model.values(z, a)  // [E, H, B]
    let v = model.value(z)  // [H, B]

    let seen = observation.mapValues { $0.sliced(1..<$0.size(0), axis: 0) }  // o₁ … o_H
    let consistency = consistencyLoss(
      latents.sliced(1..<latents.size(0), axis: 0), seen, weights.transition)
    let reward = rewardLoss(model.reward(z, a), r, weights.reward)
    let valueQ = qLoss(q, r, seen, weights.backup)
    let fixed = z.detached()
    let valueV = vLoss(v, smallestOfTwo(fixed, a, pass.random), weights.rollout)
    let advantage = smallestOfTwo(fixed, a, pass.random) - v.detached()  // [H, B]
    let policy = policyLoss(model.action(fixed), a, advantage, weights.rollout)

    let total =
      config.consistencyCoefficient * consistency + config.rewardCoefficient * reward
      + config.valueCoefficient * valueQ + config.valueCoefficient * valueV
      + config.policyCoefficient * policy
    // LeRobot lists the advantage of every sample at t = 0 (Q-TDMPC-11).
    return PolicyLoss(
      total: total,
      parts: [
        "Q": q.mean(), "V": v.mean(),
        "advantage": advantage.selected(0, axis: 0).mean(),
        "consistency_loss": consistency, "reward_loss": reward,
        "Q_value_loss": valueQ, "V_value_loss": valueV, "pi_loss": policy,
        "sum_loss": total * Double(config.horizon),
      ])
  }

  /// The observations, time before batch, the camera's pictures shifted: each of every sample by itself
  /// (Q-TDMPC-2), and seen so only where the camera has the name LeRobot shifts (Q-TDMPC-1).
  ///
  /// - Returns: [H+1, B, …] under each key.
  func observations(_ batch: [String: Tensor], _ random: any RandomSource) -> [String: Tensor] {
    var observation: [String: Tensor] = [:]
    for key in features.observationKeys { observation[key] = timeMajor(batch.tensor(key)) }
    guard let camera = features.camera, let padding = features.shift else { return observation }
    let pictures = observation.tensor(camera.key)
    let shifted = randomlyShifted(
      pictures.reshaped([-1] + camera.shape), padding: padding, random)
    if features.seesShift { observation[camera.key] = shifted.reshaped(pictures.shape) }
    return observation
  }

  /// [TDMPC-rollout]
  ///
  /// - Parameters:
  ///   - observation: [H+1, B, …].
  ///   - actions: [H, B, A].
  /// - Returns: z₀ … z_H, [H+1, B, Z].
  func rollout(_ observation: [String: Tensor], _ actions: Tensor) -> Tensor {
    var latents = [model.encoder(observation.mapValues { $0.selected(0, axis: 0) })]
    for t in 0..<actions.size(0) {
      latents.append(model.next(latents[t], actions.selected(t, axis: 0)))
    }
    return .stacked(latents)
  }

  /// [TDMPC-consistency]
  ///
  /// - Parameters:
  ///   - predicted: z₁ … z_H, [H, B, Z].
  ///   - seen: o₁ … o_H.
  func consistencyLoss(
    _ predicted: Tensor, _ seen: [String: Tensor], _ weights: Tensor
  ) -> Tensor {
    let encoded = Torch.withoutGradients { target.encoder(seen) }
    let error = (predicted - encoded).squared().sum(axis: 2) / Double(config.latentWidth)
    return summed(error, weights)
  }

  /// [TDMPC-reward-loss]
  func rewardLoss(_ predicted: Tensor, _ rewards: Tensor, _ weights: Tensor) -> Tensor {
    summed((predicted - rewards).squared(), weights)
  }

  /// [TDMPC-q-loss]
  ///
  /// - Parameters:
  ///   - values: [E, H, B].
  ///   - seen: o₁ … o_H.
  func qLoss(
    _ values: Tensor, _ rewards: Tensor, _ seen: [String: Tensor], _ weights: Tensor
  ) -> Tensor {
    let next = Torch.withoutGradients { model.value(model.encoder(seen)) }  // [H, B]
    let targets = rewards + config.discount * next  // y
    return summed((values - targets).squared().sum(axis: 0), weights)
  }

  /// [TDMPC-v-loss]
  ///
  /// - Parameters:
  ///   - values: V, [H, B].
  ///   - targets: min Q⁻, [H, B].
  func vLoss(_ values: Tensor, _ targets: Tensor, _ weights: Tensor) -> Tensor {
    let τ = config.expectileWeight
    let difference = targets - values  // δ
    let sides = (difference.zeros() + (1 - τ)).filled(where: difference.isAbove(0), with: τ)
    return summed(sides * difference.squared(), weights)
  }

  /// [TDMPC-pi-loss]
  ///
  /// - Parameters:
  ///   - predicted: tanh π_θ(z), no gradient reaching z, [H, B, A].
  ///   - actions: [H, B, A].
  ///   - advantage: adv = min Q⁻ − V_θ, [H, B].
  func policyLoss(
    _ predicted: Tensor, _ actions: Tensor, _ advantage: Tensor, _ weights: Tensor
  ) -> Tensor {
    let preference = (config.advantageScaling * advantage).exp().clamped(above: 100)
    let error = (predicted - actions).squared().sum(axis: 2)
    return (preference * weights * error).mean()
  }

  /// [TDMPC-pair]
  ///
  /// - Returns: [H, B].
  func smallestOfTwo(
    _ z: Tensor, _ actions: Tensor, _ random: any RandomSource
  ) -> Tensor {
    let count = config.ensembleSize
    let chosen = count > 2 ? random.choices(2, below: count) : nil
    return target.values(z, actions, of: chosen).minimum(axis: 0)
  }

  /// Σ over t and mean over b of an error [H, B] with its weights, padded samples counted in B.
  private func summed(_ error: Tensor, _ weights: Tensor) -> Tensor {
    (weights * error).sum() / Double(weights.size(1))
  }
}

/// [TDMPC-weights]
package struct TDMPCWeights {
  /// Of what comes of o₀ and the actions, [H, B].
  package let rollout: Tensor
  /// Of that and o_{t+1}.
  package let transition: Tensor
  /// Of that without o_{t+1} and with r_t.
  package let reward: Tensor
  /// Of all four.
  package let backup: Tensor

  /// - Parameter decay: λ.
  init(_ batch: [String: Tensor], decay: Double) {
    func isReal(_ key: String) -> Tensor { timeMajor(batch.tensor("\(key)_is_pad")).negated() }
    let (actions, states) = (isReal("action"), isReal("observation.state"))  // [H, B], [H+1, B]
    let horizon = actions.size(0)
    let type = batch.tensor("action").dataType
    // Made on the device, for which nobody waits.
    let steps = Tensor.ones([horizon, 1], dataType: type, device: actions.device)
    let powers = (steps.cumulativeSum(axis: 0) - 1).powers(of: decay)  // λᵗ
    rollout = powers * states.sliced(0..<1, axis: 0) * actions
    let next = states.sliced(1..<horizon + 1, axis: 0)
    transition = rollout * next
    reward = rollout * isReal("next.reward")
    backup = reward * next
  }
}

/// [B, T, …] as [T, B, …].
private func timeMajor(_ x: Tensor) -> Tensor { x.permuted([1, 0] + Array(2..<x.rank)) }

/// Draws nothing: for weights that are copied at once.
private final class NoRandom: RandomSource {
  let drawsWithinOperations = false
  func uniform(_ shape: [Int], from: Double, to: Double) -> Tensor { .zeros(shape) }
  func normal(_ shape: [Int], mean: Double, standardDeviation: Double) -> Tensor { .zeros(shape) }
  func bernoulli(_ shape: [Int], probability: Double) -> Tensor { .zeros(shape) }
  func exponential(_ shape: [Int]) -> Tensor { .zeros(shape) }
  func beta(_ shape: [Int], _ a: Double, _ b: Double) -> Tensor { .zeros(shape) }
  func integers(_ shape: [Int], below bound: Int) -> Tensor { .zeros(shape) }
  func integer(below bound: Int) -> Int { 0 }
  func choices(_ count: Int, below bound: Int) -> [Int] { Array(repeating: 0, count: count) }
  func preservingState<Result>(_ body: () throws -> Result) throws -> Result { try body() }
}

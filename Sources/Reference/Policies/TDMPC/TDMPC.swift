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

  /// [TDMPC-loss]  L = c_c·L_consistency + c_r·L_reward + c_v·(L_Q + L_V) + c_π·L_π.
  ///
  /// TD-MPC, eq. 8; FOWM, §3.1. LeRobot `TDMPCPolicy.forward`, which draws shifts, then the Qs of V's
  /// target, then those of the advantage.
  ///
  /// - Parameters:
  ///   - batch: observations [B, H+1, …], actions [B, H, A], rewards [B, H], and what is padding.
  ///   - pass: draws shifts and Qs.
  package func loss(_ batch: [String: Tensor], _ pass: Pass) -> PolicyLoss {
    let observation = observations(batch, pass.random)  // o₀ … o_H
    let a = timeMajor(batch.tensor("action"))  // [H, B, A]
    let r = timeMajor(batch.tensor("next.reward")).reshaped(Array(a.shape.dropLast()))  // [H, B]
    let weights = TDMPCWeights(batch, decay: config.temporalDecay)
    let actions = Variable(a)

    let latents = rollout(observation, actions)  // z₀ … z_H
    let z = latents.sliced(0..<a.size(0), axis: 0)  // z₀ … z_{H−1}, [H, B, Z]
    let q = model.values(z, actions)  // [E, H, B]
    let v = model.value(z)  // [H, B]

    let seen = observation.mapValues { $0.sliced(1..<$0.size(0), axis: 0) }  // o₁ … o_H
    let consistency = consistencyLoss(
      latents.sliced(1..<latents.size(0), axis: 0), seen, weights.transition)
    let reward = rewardLoss(model.reward(z, actions), r, weights.reward)
    let valueQ = qLoss(q, r, seen, weights.backup)
    let fixed = Variable(z.value)
    let valueV = vLoss(v, smallestOfTwo(fixed, actions, pass.random), weights.rollout)
    let advantage = smallestOfTwo(fixed, actions, pass.random) - v.value  // [H, B]
    let policy = policyLoss(model.action(fixed), a, advantage, weights.rollout)

    let total =
      config.consistencyCoefficient * consistency + config.rewardCoefficient * reward
      + config.valueCoefficient * valueQ + config.valueCoefficient * valueV
      + config.policyCoefficient * policy
    // LeRobot lists the advantage of every sample at t = 0 (Q-TDMPC-11).
    return PolicyLoss(
      total: total,
      parts: [
        "Q": q.mean().value, "V": v.mean().value,
        "advantage": advantage.sliced(0..<1, axis: 0).mean([0, 1]),
        "consistency_loss": consistency.value, "reward_loss": reward.value,
        "Q_value_loss": valueQ.value, "V_value_loss": valueV.value, "pi_loss": policy.value,
        "sum_loss": total.value * Double(config.horizon),
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

  /// [TDMPC-rollout]  z₀ = h_θ(o₀), z_{t+1} = d_θ(z_t, a_t): what follows is predicted from the first
  /// observation alone, and every loss teaches the model through it.
  ///
  /// TD-MPC, §4.1, algorithm 2.
  ///
  /// - Parameters:
  ///   - observation: [H+1, B, …].
  ///   - actions: [H, B, A].
  /// - Returns: z₀ … z_H, [H+1, B, Z].
  func rollout(_ observation: [String: Tensor], _ actions: Variable) -> Variable {
    func action(_ t: Int) -> Variable {
      actions.sliced(t..<t + 1, axis: 0)
    }
    var latents = [model.encoder(observation.mapValues { $0.sliced(0..<1, axis: 0) })]
    for t in 0..<actions.size(0) { latents.append(model.next(latents[t], action(t))) }
    return .concatenated(latents, axis: 0)
  }

  /// [TDMPC-consistency]  (1/B) Σ_b Σ_t λᵗ · mean_Z (z_{t+1} − h_θ⁻(o_{t+1}))², o_{t+1} not padded.
  ///
  /// TD-MPC, eq. 8, last term; no gradient reaches the target's encoder.
  ///
  /// - Parameters:
  ///   - predicted: z₁ … z_H, [H, B, Z].
  ///   - seen: o₁ … o_H.
  func consistencyLoss(
    _ predicted: Variable, _ seen: [String: Tensor], _ weights: Tensor
  ) -> Variable {
    let encoded = Variable(target.encoder(seen).value)
    return summed((predicted - encoded).squared().mean([-1]), weights)
  }

  /// [TDMPC-reward-loss]  (1/B) Σ_b Σ_t λᵗ (R_θ(z_t, a_t) − r_t)², r_t not padded.
  ///
  /// TD-MPC, eq. 8, first term.
  func rewardLoss(_ predicted: Variable, _ rewards: Tensor, _ weights: Tensor) -> Variable {
    summed((predicted - Variable(rewards)).squared(), weights)
  }

  /// [TDMPC-q-loss]  (1/B) Σ_b Σ_t λᵗ Σ_e (Q_e(z_t, a_t) − y_t)² with y_t = r_t + γ V_θ(h_θ(o_{t+1})):
  /// of the trained parameters, not the target's, and without a thought of an episode's end
  /// (Q-TDMPC-8).
  ///
  /// FOWM, eq. 3.
  ///
  /// - Parameters:
  ///   - values: [E, H, B].
  ///   - seen: o₁ … o_H.
  func qLoss(
    _ values: Variable, _ rewards: Tensor, _ seen: [String: Tensor], _ weights: Tensor
  ) -> Variable {
    let next = model.value(Variable(model.encoder(seen).value)).value  // [H, B]
    let targets = Variable(rewards + config.discount * next)  // y
    return summed((values - targets).squared().sum([0]), weights)
  }

  /// [TDMPC-v-loss]  (1/B) Σ_b Σ_t λᵗ |τ − 1{δ ≤ 0}|·δ² with δ = min Q⁻ − V_θ(z_t): for τ > ½ an
  /// estimate of what the better of the recorded actions bring.
  ///
  /// FOWM, eq. 3; Kostrikov et al. (arXiv:2110.06169), eq. 5.
  ///
  /// - Parameters:
  ///   - values: V, [H, B].
  ///   - targets: min Q⁻, [H, B].
  func vLoss(_ values: Variable, _ targets: Tensor, _ weights: Tensor) -> Variable {
    let τ = config.expectileWeight
    let difference = Variable(targets) - values  // δ
    let sides = difference.value.map { $0 > 0 ? τ : 1 - τ }
    return summed(Variable(sides) * difference.squared(), weights)
  }

  /// [TDMPC-pi-loss]  The mean over b and t of λᵗ · min(e^{β·adv}, 100) · Σ_A (tanh π_θ(z_t) − a_t)²: good
  /// recorded actions are imitated (Q-TDMPC-9).
  ///
  /// FOWM, eq. 2; Peng et al. (arXiv:1910.00177), eq. 6.
  ///
  /// - Parameters:
  ///   - predicted: tanh π_θ(z), no gradient reaching z, [H, B, A].
  ///   - actions: [H, B, A].
  ///   - advantage: adv = min Q⁻ − V_θ, [H, B].
  func policyLoss(
    _ predicted: Variable, _ actions: Tensor, _ advantage: Tensor, _ weights: Tensor
  ) -> Variable {
    let preference = (config.advantageScaling * advantage).exp().map { min($0, 100) }
    let error = (predicted - Variable(actions)).squared().sum([-1])
    return (Variable(preference * weights) * error).mean()
  }

  /// [TDMPC-pair]  min(Q_i, Q_j) of the target, i and j drawn for each use, perhaps the same one
  /// (Q-TDMPC-3); of all where there are two or fewer.
  ///
  /// FOWM, App. C; Chen et al. (arXiv:2101.05982).
  ///
  /// - Returns: [H, B].
  func smallestOfTwo(
    _ z: Variable, _ actions: Variable, _ random: any RandomSource
  ) -> Tensor {
    let count = config.ensembleSize
    let chosen = count > 2 ? random.choices(2, below: count) : nil
    return target.values(z, actions, of: chosen).value.minimum([0])
  }

  /// Σ over t and mean over b of an error [H, B] with its weights, padded samples counted in B.
  private func summed(_ error: Variable, _ weights: Tensor) -> Variable {
    (Variable(weights) * error).sum() / Double(weights.size(1))
  }
}

/// [TDMPC-weights]  λᵗ where everything that an error is made of was recorded, 0 where something of it
/// is a copy of an episode's last frame. The state's padding counts for all observations
/// (Q-TDMPC-10).
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
    func isReal(_ key: String) -> Tensor { timeMajor(batch.tensor("\(key)_is_pad")).map { 1 - $0 } }
    let (actions, states) = (isReal("action"), isReal("observation.state"))  // [H, B], [H+1, B]
    let horizon = actions.size(0)
    var powers = [1.0]
    while powers.count < horizon { powers.append(powers[powers.count - 1] * decay) }
    let λ = Tensor(powers, shape: [horizon, 1])
    rollout = λ * states.sliced(0..<1, axis: 0) * actions
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
  func uniform(_ shape: [Int], from: Double, to: Double) -> Tensor { .zeros(shape) }
  func normal(_ shape: [Int], mean: Double, standardDeviation: Double) -> Tensor { .zeros(shape) }
  func bernoulli(_ shape: [Int], probability: Double) -> Tensor { .zeros(shape) }
  func exponential(_ shape: [Int]) -> Tensor { .zeros(shape) }
  func beta(_ shape: [Int], _ a: Double, _ b: Double) -> Tensor { .zeros(shape) }
  func integers(_ shape: [Int], below bound: Int) -> Tensor { .zeros(shape) }
  func choices(_ count: Int, below bound: Int) -> [Int] { Array(repeating: 0, count: count) }
  func preservingState<Result>(_ body: () throws -> Result) throws -> Result { try body() }
}

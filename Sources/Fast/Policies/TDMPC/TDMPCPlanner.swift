import LeRobotCore

/// Model predictive path integral control: actions are sampled, tried in the model, and sampled again
/// around the best of them.
///
/// TD-MPC, §3 and algorithm 1; Williams et al. (arXiv:1509.01149). LeRobot `TDMPCPolicy.plan`.
package struct TDMPCPlanner {
  /// μ of the plan before, [H, B, A]; nil when an episode begins.
  package private(set) var mean: Tensor?
  private let model: TDMPCModel
  private let config: TDMPCConfig
  private let actionWidth: Int

  package init(_ config: TDMPCConfig, features: TDMPCFeatures, model: TDMPCModel) {
    self.config = config
    self.model = model
    actionWidth = features.actionWidth
  }

  /// The next plan begins without the last one.
  package mutating func reset() { mean = nil }

  /// [TDMPC-plan]
  ///
  /// - Parameters:
  ///   - z: z₀, [B, Z].
  ///   - random: draws the policy's noise; in each round the candidates' noise, the policy's at their
  ///     end and the pair of Qs; at last the clocks of the choice.
  /// - Returns: [H, B, A]; the policy's noise may have left ±1 (Q-TDMPC-5).
  package mutating func plan(from z: Tensor, _ random: any RandomSource) -> Tensor {
    let qs = TDMPCJoinedNetworks(model.ensemble.networks)
    let samples = policySamples(from: z, random)  // [H, N, B, A]
    var μ = startingMean(like: z)  // [H, B, A]
    var σ = μ.zeros() + config.maximumDeviation
    var elites: TDMPCElites?
    for _ in 0..<config.planningIterationCount {
      let noise = random.normal(
        [config.horizon, config.gaussianSampleCount] + μ.shape.dropFirst(), mean: 0,
        standardDeviation: 1)
      let gaussian = (each(μ) + each(σ) * noise).clamped(to: -1...1)
      let candidates = samples.map { .concatenated([gaussian, $0], axis: 1) } ?? gaussian
      let found = best(of: candidates, value(of: candidates, from: z, qs, random))
      (μ, σ) = refitted(to: found, μ)
      elites = found
    }
    mean = μ
    guard let elites else { return μ }
    return chosen(among: elites, random)
  }

  /// [TDMPC-warm-start]
  func startingMean(like z: Tensor) -> Tensor {
    let zeros = Tensor.zeros(
      [config.horizon, z.size(0), actionWidth],
      dataType: model.policy.output.weight.value.dataType, device: z.device)
    guard let mean, mean.shape == zeros.shape else { return zeros }
    return .concatenated(
      [mean.sliced(1..<config.horizon, axis: 0), zeros.sliced(0..<1, axis: 0)], axis: 0)
  }

  /// [TDMPC-samples]
  ///
  /// - Returns: [H, N, B, A]; nil where there are none.
  func policySamples(from z: Tensor, _ random: any RandomSource) -> Tensor? {
    guard config.policySampleCount > 0 else { return nil }
    var latent = repeated(z, config.policySampleCount)  // [N, B, Z]
    var actions: [Tensor] = []
    for _ in 0..<config.horizon {
      let a = noisyAction(latent, random)  // [N, B, A]
      actions.append(a)
      latent = model.next(latent, a)
    }
    return .stacked(actions)
  }

  /// tanh π_θ(z) + σ₀ε, ε ∼ N(0, I); nothing is drawn where σ₀ is 0.
  private func noisyAction(_ z: Tensor, _ random: any RandomSource) -> Tensor {
    let a = model.action(z)
    guard config.minimumDeviation > 0 else { return a }
    return a + config.minimumDeviation * random.normal(a.shape, mean: 0, standardDeviation: 1)
  }

  /// [TDMPC-value]  Every candidate of every sample is a row of each product.
  ///
  /// - Parameters:
  ///   - candidates: [H, K, B, A].
  ///   - z: [B, Z].
  ///   - qs: all of the model's, joined once for the whole plan.
  ///   - random: draws the policy's noise, then i and j.
  /// - Returns: [K, B].
  func value(
    of candidates: Tensor, from z: Tensor, _ qs: TDMPCJoinedNetworks, _ random: any RandomSource
  ) -> Tensor {
    var latent = repeated(z, candidates.size(1))  // z_t, [K, B, Z]
    var (sum, discount): (Tensor?, Double) = (nil, 1)
    for t in 0..<config.horizon {
      let a = candidates.selected(t, axis: 0)  // [K, B, A]
      let uncertainty = uncertainty { qs(.concatenated([latent, a], axis: 2)) }  // at z_t
      let reward = model.reward(latent, a)
      let gain = discount * (uncertainty.map { reward - $0 } ?? reward)
      sum = sum.map { $0 + gain } ?? gain
      latent = model.next(latent, a)
      discount *= config.discount
    }
    let action = noisyAction(latent, random)
    let last = qs(.concatenated([latent, action], axis: 2))  // [E, K, B]
    let smallest = smallestOfTwo(last, random)
    let end = discount * (uncertainty { last }.map { smallest - $0 } ?? smallest)
    return sum.map { $0 + end } ?? end
  }

  /// [TDMPC-uncertainty]  nil, and the Qs not asked, where c is not positive.
  ///
  /// - Parameter values: [E, K, B].
  private func uncertainty(_ values: () -> Tensor) -> Tensor? {
    guard config.uncertaintyCoefficient > 0 else { return nil }
    return config.uncertaintyCoefficient * values().standardDeviation(axis: 0)
  }

  /// min(Q_i, Q_j), perhaps of the same one; of all where there are two or fewer.
  private func smallestOfTwo(_ values: Tensor, _ random: any RandomSource) -> Tensor {
    guard config.ensembleSize > 2 else { return values.minimum(axis: 0) }
    let pair = (0..<2).map { _ in
      values.selected(random.integer(below: config.ensembleSize), axis: 0)
    }
    return Tensor.stacked(pair).minimum(axis: 0)
  }

  /// [TDMPC-elites]
  ///
  /// - Parameters:
  ///   - candidates: [H, K, B, A].
  ///   - values: v, [K, B]; what is no number counts as 0.
  func best(of candidates: Tensor, _ values: Tensor) -> TDMPCElites {
    let v = values.replacingNaN(by: 0)
    let places = v.topPlaces(config.eliteCount, axis: 0)  // [n, B]
    let kept = v.gathered(places, axis: 0)
    let scores = (config.eliteTemperature * (kept - kept.sliced(0..<1, axis: 0))).exp()
    let weights = scores / scores.sum(axis: 0).expanded(axis: 0)
    let ofEveryAction = places.reshaped([1] + places.shape + [1]).broadcast(
      to: [config.horizon] + places.shape + [actionWidth])
    return TDMPCElites(actions: candidates.gathered(ofEveryAction, axis: 1), weights: weights)
  }

  /// [TDMPC-refit]
  ///
  /// - Parameter μ: [H, B, A].
  func refitted(to elites: TDMPCElites, _ μ: Tensor) -> (mean: Tensor, deviation: Tensor) {
    let β = config.meanMomentum
    let w = elites.weights.reshaped([1] + elites.weights.shape + [1])  // [1, n, B, 1]
    let m = (w * elites.actions).sum(axis: 1)
    let s = (w * (elites.actions - each(m)).squared()).sum(axis: 1).squareRoot()
    let σ = s.clamped(to: config.minimumDeviation...config.maximumDeviation)
    return (β * μ + (1 - β) * m, σ)
  }

  /// [TDMPC-choice]
  ///
  /// - Returns: [H, B, A].
  func chosen(among elites: TDMPCElites, _ random: any RandomSource) -> Tensor {
    let clocks = random.exponential(elites.weights.shape)  // [n, B]
    let places = (elites.weights / clocks).transposed(0, 1).argmax()  // [B]
    let batchSize = places.size(0)
    let ofEveryAction = places.reshaped([1, 1, batchSize, 1]).broadcast(
      to: [config.horizon, 1, batchSize, actionWidth])
    return elites.actions.gathered(ofEveryAction, axis: 1).selected(0, axis: 1)
  }

  /// [H, B, A] as [H, 1, B, A]: for each candidate.
  private func each(_ x: Tensor) -> Tensor { x.expanded(axis: 1) }

  /// z₀ for each candidate, [count, B, Z].
  private func repeated(_ z: Tensor, _ count: Int) -> Tensor { z.broadcast(to: [count] + z.shape) }
}

/// The best candidates of a round.
package struct TDMPCElites {
  /// [H, n, B, A].
  package let actions: Tensor
  /// Of each sample's they add up to 1, [n, B].
  package let weights: Tensor
}

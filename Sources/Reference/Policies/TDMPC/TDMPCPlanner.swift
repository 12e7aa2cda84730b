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

  /// [TDMPC-plan]  From μ and σ = σ₁: G sequences of actions N(μ, σ²) within ±1 and N of the policy's
  /// are tried, μ and σ refitted to the n best, several times; of the last n one is carried out.
  ///
  /// TD-MPC, algorithm 1.
  ///
  /// - Parameters:
  ///   - z: z₀, [B, Z].
  ///   - random: draws the policy's noise; in each round the candidates' noise, the policy's at their
  ///     end and the pair of Qs; at last the clocks of the choice.
  /// - Returns: [H, B, A]; the policy's noise may have left ±1 (Q-TDMPC-5).
  package mutating func plan(from z: Tensor, _ random: any RandomSource) -> Tensor {
    let samples = policySamples(from: z, random)  // [H, N, B, A]
    var μ = startingMean(like: z)  // [H, B, A]
    var σ = Tensor(repeating: config.maximumDeviation, shape: μ.shape)
    var elites: TDMPCElites?
    for _ in 0..<config.planningIterationCount {
      let noise = random.normal(
        [config.horizon, config.gaussianSampleCount] + μ.shape.dropFirst(), mean: 0,
        standardDeviation: 1)
      let gaussian = (each(μ) + each(σ) * noise).map { min(max($0, -1), 1) }
      let candidates = samples.map { .concatenated([gaussian, $0], axis: 1) } ?? gaussian
      let found = best(of: candidates, value(of: candidates, from: z, random))
      (μ, σ) = refitted(to: found, μ)
      elites = found
    }
    mean = μ
    guard let elites else { return μ }
    return chosen(among: elites, random)
  }

  /// [TDMPC-warm-start]  μ of the plan before, one step later and 0 at its end, however many actions
  /// were carried out (Q-TDMPC-6); 0 at first.
  ///
  /// TD-MPC, §3. The number of environments does not change within an episode.
  func startingMean(like z: Tensor) -> Tensor {
    let zeros = Tensor.zeros([config.horizon, z.size(0), actionWidth])
    guard let mean, mean.shape == zeros.shape else { return zeros }
    return .concatenated(
      [mean.sliced(1..<config.horizon, axis: 0), zeros.sliced(0..<1, axis: 0)], axis: 0)
  }

  /// [TDMPC-samples]  N sequences that the policy would act by in the model: a_t = tanh π_θ(z_t) + σ₀ε.
  ///
  /// TD-MPC, algorithm 1, line 5.
  ///
  /// - Returns: [H, N, B, A]; nil where there are none.
  func policySamples(from z: Tensor, _ random: any RandomSource) -> Tensor? {
    guard config.policySampleCount > 0 else { return nil }
    var latent = Variable(repeated(z, config.policySampleCount))  // [N, B, Z]
    var actions: [Tensor] = []
    for _ in 0..<config.horizon {
      let a = noisyAction(latent, random)  // [N, B, A]
      actions.append(a.reshaped([1] + a.shape))
      latent = model.next(latent, Variable(a))
    }
    return .concatenated(actions, axis: 0)
  }

  /// tanh π_θ(z) + σ₀ε, ε ∼ N(0, I); nothing is drawn where σ₀ is 0.
  private func noisyAction(_ z: Variable, _ random: any RandomSource) -> Tensor {
    let a = model.action(z).value
    guard config.minimumDeviation > 0 else { return a }
    return a + config.minimumDeviation * random.normal(a.shape, mean: 0, standardDeviation: 1)
  }

  /// [TDMPC-value]  Σ_{t<H} γᵗ (R_θ(z_t, a_t) − u_t) + γᴴ (min(Q_i, Q_j)(z_H, a_H) − u_H), where a_H is the
  /// policy's with noise and i and j are drawn once for all candidates.
  ///
  /// FOWM, eq. 4. LeRobot `TDMPCPolicy.estimate_value`.
  ///
  /// - Parameters:
  ///   - candidates: [H, K, B, A].
  ///   - z: [B, Z].
  ///   - random: draws the policy's noise, then i and j.
  /// - Returns: [K, B].
  func value(of candidates: Tensor, from z: Tensor, _ random: any RandomSource) -> Tensor {
    var latent = Variable(repeated(z, candidates.size(1)))  // z_t, [K, B, Z]
    var (sum, discount) = (Tensor.zeros(Array(latent.shape.dropLast())), 1.0)
    for t in 0..<config.horizon {
      let a = Variable(candidates.sliced(t..<t + 1, axis: 0).reshaped(candidates.shape.suffix(3)))
      let uncertainty = uncertainty(model.values(latent, a).value)  // at z_t, before it moves
      sum = sum + discount * (model.reward(latent, a).value - uncertainty)
      latent = model.next(latent, a)
      discount *= config.discount
    }
    let last = model.values(latent, Variable(noisyAction(latent, random))).value  // [E, K, B]
    return sum + discount * (smallestOfTwo(last, random) - uncertainty(last))
  }

  /// [TDMPC-uncertainty]  u = c · the standard deviation of the Qs, the mean's one degree of freedom
  /// taken off; 0 where c is not positive.
  ///
  /// FOWM, eq. 4: what the Qs disagree on was not in the data.
  ///
  /// - Parameter values: [E, K, B].
  private func uncertainty(_ values: Tensor) -> Tensor {
    guard config.uncertaintyCoefficient > 0 else {
      return .zeros(Array(values.shape.dropFirst()))
    }
    return config.uncertaintyCoefficient * values.standardDeviation([0])
  }

  /// min(Q_i, Q_j), perhaps of the same one; of all where there are two or fewer.
  private func smallestOfTwo(_ values: Tensor, _ random: any RandomSource) -> Tensor {
    guard config.ensembleSize > 2 else { return values.minimum([0]) }
    let pair = (0..<2).map { _ in
      let i = random.integer(below: config.ensembleSize)
      return values.sliced(i..<i + 1, axis: 0)
    }
    return Tensor.concatenated(pair, axis: 0).minimum([0])
  }

  /// [TDMPC-elites]  The n candidates of the largest values, the best first, and their weights:
  /// softmax(T·v).
  ///
  /// TD-MPC, §3, eq. 2.
  ///
  /// - Parameters:
  ///   - candidates: [H, K, B, A].
  ///   - values: v, [K, B]; what is no number counts as 0.
  func best(of candidates: Tensor, _ values: Tensor) -> TDMPCElites {
    let (count, batchSize) = (config.eliteCount, values.size(1))
    let v = values.map { $0.isNaN ? 0 : $0 }
    func value(_ place: Int, _ b: Int) -> Double { v.elements[place * batchSize + b] }
    let columns = (0..<batchSize).map { b in
      let places = (0..<values.size(0)).sorted { value($0, b) > value($1, b) }.prefix(count)
      let scores = places.map { config.eliteTemperature * (value($0, b) - value(places[0], b)) }
      let actions = places.map {
        candidates.sliced($0..<$0 + 1, axis: 1).sliced(b..<b + 1, axis: 2)
      }
      let weights = Tensor(scores, shape: [count, 1]).exp()
      return TDMPCElites(
        actions: .concatenated(actions, axis: 1), weights: weights / weights.sum())
    }
    return TDMPCElites(
      actions: .concatenated(columns.map(\.actions), axis: 2),
      weights: .concatenated(columns.map(\.weights), axis: 1))
  }

  /// [TDMPC-refit]  m = Σ w a, s² = Σ w (a − m)²; μ ← β μ + (1 − β) m, σ ← s within σ₀…σ₁.
  ///
  /// TD-MPC, eq. 2 and 3.
  ///
  /// - Parameter μ: [H, B, A].
  func refitted(to elites: TDMPCElites, _ μ: Tensor) -> (mean: Tensor, deviation: Tensor) {
    let β = config.meanMomentum
    let w = elites.weights.reshaped([1] + elites.weights.shape + [1])  // [1, n, B, 1]
    let m = (w * elites.actions).sum([1])
    let offset = elites.actions - each(m)
    let s = (w * offset * offset).sum([1]).squareRoot()
    let σ = s.map { min(max($0, config.minimumDeviation), config.maximumDeviation) }
    return (β * μ + (1 - β) * m, σ)
  }

  /// [TDMPC-choice]  One of the elites' sequences for each sample, drawn with their weights: the first of
  /// exponential clocks to ring, which torch reads elite by elite.
  ///
  /// TD-MPC, algorithm 1, line 12.
  ///
  /// - Returns: [H, B, A].
  func chosen(among elites: TDMPCElites, _ random: any RandomSource) -> Tensor {
    let clocks = random.exponential(elites.weights.shape)  // [n, B]
    let places = (elites.weights / clocks).transposed.argmax()  // [B]
    let actions = places.elements.enumerated().map { b, place in
      elites.actions.sliced(Int(place)..<Int(place) + 1, axis: 1).sliced(b..<b + 1, axis: 2)
    }
    let joined = Tensor.concatenated(actions, axis: 2)  // [H, 1, B, A]
    return joined.reshaped([joined.size(0)] + joined.shape.suffix(2))
  }

  /// [H, B, A] as [H, 1, B, A]: for each candidate.
  private func each(_ x: Tensor) -> Tensor { x.reshaped([x.size(0), 1] + x.shape.suffix(2)) }

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

import LeRobotCore
import Reference

/// Given draws as the reference asks for them.
private final class GivenRandom: Reference.RandomSource {
  let draws: Draws
  init(_ source: Draws.Source) { draws = Draws(source) }

  func uniform(_ shape: [Int], from: Double, to: Double) -> Reference.Tensor {
    tensor(draws.uniform(shape, from: from, to: to))
  }
  func normal(
    _ shape: [Int], mean: Double, standardDeviation: Double
  ) -> Reference.Tensor {
    tensor(draws.normal(shape, mean: mean, standardDeviation: standardDeviation))
  }
  func bernoulli(_ shape: [Int], probability: Double) -> Reference.Tensor {
    tensor(draws.bernoulli(shape, probability: probability))
  }
  func exponential(_ shape: [Int]) -> Reference.Tensor { tensor(draws.exponential(shape)) }
  func beta(_ shape: [Int], _ a: Double, _ b: Double) -> Reference.Tensor {
    tensor(draws.beta(shape, a, b))
  }
  func integers(_ shape: [Int], below bound: Int) -> Reference.Tensor {
    tensor(draws.integers(shape, below: bound))
  }
  func choices(_ count: Int, below bound: Int) -> [Int] {
    draws.integers([count], below: bound).doubles.map { Int($0) }
  }
  func preservingState<Result>(_ body: () throws -> Result) throws -> Result {
    try draws.preservingState(body)
  }

  /// Masks are stored as bytes, which are no pixels here.
  private func tensor(_ host: HostTensor) -> Reference.Tensor {
    Reference.Tensor(host.doubles, shape: host.shape)
  }
}

/// Draws constants, for weights that are replaced at once.
private final class ConstantRandom: Reference.RandomSource {
  func uniform(_ shape: [Int], from: Double, to: Double) -> Reference.Tensor { .zeros(shape) }
  func normal(
    _ shape: [Int], mean: Double, standardDeviation: Double
  ) -> Reference.Tensor { .zeros(shape) }
  func bernoulli(_ shape: [Int], probability: Double) -> Reference.Tensor { .ones(shape) }
  func exponential(_ shape: [Int]) -> Reference.Tensor { .ones(shape) }
  func beta(_ shape: [Int], _ a: Double, _ b: Double) -> Reference.Tensor { .ones(shape) }
  func choices(_ count: Int, below bound: Int) -> [Int] { Array(repeating: 0, count: count) }
  func integers(_ shape: [Int], below bound: Int) -> Reference.Tensor { .zeros(shape) }
  func preservingState<Result>(_ body: () throws -> Result) throws -> Result { try body() }
}

extension PolicyQuestion {
  /// The reference's loss of the first step, and its gradients.
  package func referenceGradients() throws -> (loss: Double, gradients: NamedTensors) {
    let policy = try Reference.PolicyBuilders.builtIn.makePolicy(config, random: ConstantRandom())
    let shapes = policy.parameters.map { ($0.key, $0.value.value.shape) }
    for (name, weight) in try weights(shapes) {
      policy.parameters[name]?.value = Reference.Tensor(weight)
    }
    return firstGradients(of: policy)
  }

  private func firstGradients(
    of policy: any Reference.Policy
  ) -> (loss: Double, gradients: NamedTensors) {
    let trained = policy.parameters.filter(\.value.isTrained)
    let loss = policy.loss(policy.inputs(batch), .train(GivenRandom(draws))).total
    let found = gradients(of: loss, withRespectTo: trained.values.map(\.variable))
    var gradients: NamedTensors = [:]
    for (name, gradient) in zip(trained.keys, found) { gradients[name] = gradient?.float64 }
    return (loss.value.scalar, gradients)
  }

  /// The reference's answer.
  package func referenceOutcome() throws -> PolicyOutcome {
    let policy = try Reference.PolicyBuilders.builtIn.makePolicy(
      config, random: SplitMixRandom(seed: 0))
    let random = GivenRandom(draws)
    let learner = Reference.PolicyLearner(
      policy: policy, groups: policy.parameterGroups, optimizer: optimizer, random: random)
    let shapes = policy.parameters.map { ($0.key, $0.value.value.shape) }
    let initial = try weights(shapes)
    try learner.loadWeights(from: initial)
    var outcome = PolicyOutcome()
    outcome.gradients = firstGradients(of: policy).gradients
    // The pass above moved running statistics.
    try learner.loadWeights(from: initial)
    for _ in 0..<steps {
      let result = try learner.update(batch, learningRates: learner.initialLearningRates)
      outcome.losses.append(result.loss)
      outcome.norms.append(result.gradientNorm)
      outcome.parts.append(result.parts)
    }
    for (name, parameter) in policy.parameters {
      let value = parameter.value.float64
      if parameter.isTrained { outcome.after[name] = value } else { outcome.buffers[name] = value }
    }
    policy.reset()
    outcome.actions = observations.map {
      policy.selectAction(learner.inputs($0), .evaluate(random)).float64
    }
    outcome.complaints = random.draws.summary
    return outcome
  }
}

import Fast
import LeRobotCore

/// Given draws as Fast asks for them.
private final class GivenRandom: Fast.RandomSource {
  let draws: Draws
  private let dataType: DataType
  /// Every mask is one that was given.
  let drawsWithinOperations = false

  init(_ source: Draws.Source, dataType: DataType) {
    draws = Draws(source)
    self.dataType = dataType
  }

  func uniform(_ shape: [Int], from: Double, to: Double) -> Fast.Tensor {
    tensor(draws.uniform(shape, from: from, to: to), dataType)
  }
  func normal(_ shape: [Int], mean: Double, standardDeviation: Double) -> Fast.Tensor {
    tensor(draws.normal(shape, mean: mean, standardDeviation: standardDeviation), dataType)
  }
  func bernoulli(_ shape: [Int], probability: Double) -> Fast.Tensor {
    tensor(draws.bernoulli(shape, probability: probability), dataType)
  }
  func exponential(_ shape: [Int]) -> Fast.Tensor { tensor(draws.exponential(shape), dataType) }
  /// In float32 whatever the type, as LeRobot draws it.
  func beta(_ shape: [Int], _ a: Double, _ b: Double) -> Fast.Tensor {
    tensor(draws.beta(shape, a, b), .float32)
  }
  func integers(_ shape: [Int], below bound: Int) -> Fast.Tensor {
    tensor(draws.integers(shape, below: bound), .int64)
  }
  func integer(below bound: Int) -> Int {
    Int(draws.integers([], below: bound).doubles[0])
  }
  func choices(_ count: Int, below bound: Int) -> [Int] {
    draws.integers([count], below: bound).doubles.map { Int($0) }
  }
  func preservingState<Result>(_ body: () throws -> Result) throws -> Result {
    try draws.preservingState(body)
  }

  private func tensor(_ host: HostTensor, _ dataType: DataType) -> Fast.Tensor {
    let zeros = Fast.Tensor.zeros(host.shape, dataType: dataType)
    return (try? Fast.Tensor(host))?.to(dataType) ?? zeros
  }
}

extension PolicyQuestion {
  /// Fast's answer.
  ///
  /// - Parameter kernels: which kernels compute it.
  @TorchThread package func fastOutcome(
    _ dataType: DataType, kernels: KernelChoice = .own
  ) throws -> PolicyOutcome {
    try Torch.open()
    var (outcome, counts) = try runs(kernels) { try computed(dataType) }
    outcome.kernels = Set(counts.keys.map { "\($0)" })
    return outcome
  }

  @TorchThread private func computed(_ dataType: DataType) throws -> PolicyOutcome {
    let policy = try Fast.PolicyBuilders.builtIn.makePolicy(config, random: Fast.TorchRandom())
    let random = GivenRandom(draws, dataType: dataType)
    let learner = Fast.PolicyLearner(
      policy: policy, groups: policy.parameterGroups, optimizer: optimizer, dataType: dataType,
      device: .cpu, usesAutocast: false, random: random)
    let shapes = policy.parameters.map { ($0.key, $0.value.value.shape) }
    let initial = try weights(shapes)
    try learner.loadWeights(from: initial)
    var outcome = PolicyOutcome()
    let trained = policy.parameters.filter(\.value.isTrained)
    let first = GivenRandom(draws, dataType: dataType)
    policy.loss(try learner.inputs(batch), .train(first)).total.backward()
    for (name, parameter) in trained {
      outcome.gradients[name] = try parameter.value.gradient?.host()
      parameter.value.clearGradient()
    }
    // The pass above moved running statistics.
    try learner.loadWeights(from: initial)
    for _ in 0..<steps {
      let result = try learner.update(batch, learningRates: learner.initialLearningRates)
      outcome.losses.append(result.loss)
      outcome.norms.append(result.gradientNorm)
      outcome.parts.append(result.parts)
    }
    for (name, parameter) in policy.parameters {
      let value = try parameter.value.to(.float64).host()
      if parameter.isTrained { outcome.after[name] = value } else { outcome.buffers[name] = value }
    }
    learner.reset()
    outcome.actions = try observations.map { try learner.selectAction($0) }
    outcome.complaints = random.draws.summary
    return outcome
  }
}

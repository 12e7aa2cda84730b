import Fast
import LeRobotCore

/// Recorded draws as Fast asks for them.
private final class RecordedFastRandom: Fast.RandomSource {
  let draws: RecordedDraws
  private let dataType: DataType

  init(_ draws: [HostTensor], dataType: DataType) {
    self.draws = RecordedDraws(draws)
    self.dataType = dataType
  }

  func uniform(_ shape: [Int], from: Double, to: Double) -> Fast.Tensor { next(shape) }
  func normal(_ shape: [Int], mean: Double, standardDeviation: Double) -> Fast.Tensor {
    next(shape)
  }
  func bernoulli(_ shape: [Int], probability: Double) -> Fast.Tensor { next(shape) }

  private func next(_ shape: [Int]) -> Fast.Tensor {
    let zeros = Fast.Tensor.zeros(shape, dataType: dataType)
    return (try? Fast.Tensor(draws.next(shape)))?.to(dataType) ?? zeros
  }
}

extension ACTQuestion {
  /// Fast's answer.
  @TorchThread package func fastOutcome(_ dataType: DataType) throws -> ACTOutcome {
    try Torch.open()
    let policy = try Fast.ACTPolicy(config, random: Fast.TorchRandom())
    let random = RecordedFastRandom(draws, dataType: dataType)
    let learner = Fast.PolicyLearner(
      policy: policy, groups: policy.parameterGroups, optimizer: optimizer, dataType: dataType,
      device: .cpu, usesAutocast: false, random: random)
    let shapes = policy.parameters.map { ($0.key, $0.value.value.shape) }
    _ = try learner.loadWeights(try weights(shapes))
    var outcome = ACTOutcome()
    let trained = policy.parameters.filter(\.value.isTrained)
    let first = RecordedFastRandom(draws, dataType: dataType)
    policy.loss(try learner.inputs(batch), random: first).total.backward()
    for (name, parameter) in trained {
      outcome.gradients[name] = try parameter.value.gradient?.host()
      parameter.value.clearGradient()
    }
    for _ in 0..<steps {
      let result = try learner.update(batch, learningRates: learner.initialLearningRates)
      outcome.losses.append(result.loss)
      outcome.norms.append(result.gradientNorm)
      outcome.parts.append([result.parts["l1_loss"] ?? 0, result.parts["kld_loss"] ?? 0])
    }
    for (name, parameter) in trained { outcome.after[name] = try parameter.value.host() }
    learner.reset()
    outcome.actions = try observations.map { try learner.selectAction($0) }
    outcome.complaints = random.draws.summary
    return outcome
  }
}

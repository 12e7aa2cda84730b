import LeRobotCore
import Reference

/// What an engine answers to a golden case of ACT or to a random one.
package struct ACTOutcome {
  /// Of each training step.
  package var losses: [Double] = []
  /// Of all gradients before clipping, at each step.
  package var norms: [Double] = []
  /// L1 and KL of each step; KL is 0 without the VAE.
  package var parts: [[Double]] = []
  /// Of the first step.
  package var gradients: NamedTensors = [:]
  /// All parameters after the last step.
  package var after: NamedTensors = [:]
  /// Actions for a series of observations, each [B, A].
  package var actions: [HostTensor] = []
  /// Draws that were asked for in another shape than was recorded, and draws left over.
  package var complaints: [String] = []

  package init() {}
}

/// What an ACT is asked: where it starts, what it trains on, what is drawn, what it observes.
package struct ACTQuestion: Sendable {
  package let config: ACTConfig
  package let optimizer: OptimizerConfig
  package let batch: Batch
  package let draws: [HostTensor]
  package let steps: Int
  package let observations: [Batch]
  /// Weights for the policy's names and shapes, in order.
  package let weights: @Sendable ([(name: String, shape: [Int])]) throws -> NamedTensors

  package init(
    config: ACTConfig, optimizer: OptimizerConfig, batch: Batch, draws: [HostTensor], steps: Int,
    observations: [Batch],
    weights: @escaping @Sendable ([(name: String, shape: [Int])]) throws -> NamedTensors
  ) {
    self.config = config
    self.optimizer = optimizer
    self.batch = batch
    self.draws = draws
    self.steps = steps
    self.observations = observations
    self.weights = weights
  }

  /// A golden case as a question.
  package init(_ golden: ACTGoldenCase) {
    self.init(
      config: golden.config, optimizer: golden.optimizer, batch: golden.batch,
      draws: golden.draws, steps: 3, observations: (0..<5).map(golden.observation),
      weights: { try golden.weights(for: $0) })
  }
}

/// Recorded draws, handed out in order.
package final class RecordedDraws {
  private var remaining: ArraySlice<HostTensor>
  /// What was asked for otherwise than it was recorded.
  package private(set) var complaints: [String] = []

  package init(_ draws: [HostTensor]) { remaining = draws[...] }

  /// The next draw; ones, and a complaint, if it has another shape.
  func next(_ shape: [Int]) -> HostTensor {
    if let draw = remaining.popFirst(), draw.shape == shape { return draw }
    complaints.append("a draw of \(shape) was not recorded")
    return HostTensor(Array(repeating: 1.0, count: shape.reduce(1, *)), shape: shape)
  }

  /// All complaints, and one if draws are left over.
  package var summary: [String] {
    complaints + (remaining.isEmpty ? [] : ["\(remaining.count) draws were not asked for"])
  }
}

/// Recorded draws as the reference asks for them.
private final class RecordedReferenceRandom: Reference.RandomSource {
  let draws: RecordedDraws
  init(_ draws: [HostTensor]) { self.draws = RecordedDraws(draws) }

  func uniform(_ shape: [Int], from: Double, to: Double) -> Reference.Tensor { next(shape) }
  func normal(
    _ shape: [Int], mean: Double, standardDeviation: Double
  ) -> Reference.Tensor { next(shape) }
  func bernoulli(_ shape: [Int], probability: Double) -> Reference.Tensor { next(shape) }

  private func next(_ shape: [Int]) -> Reference.Tensor {
    let draw = draws.next(shape)
    return Reference.Tensor(draw.doubles, shape: shape)
  }
}

extension ACTQuestion {
  /// The reference's loss of the first step, and its gradients.
  package func referenceGradients() throws -> (loss: Double, gradients: NamedTensors) {
    let policy = try Reference.ACTPolicy(config, random: ConstantRandom())
    let shapes = policy.parameters.map { ($0.key, $0.value.value.shape) }
    for (name, weight) in try weights(shapes) {
      policy.parameters[name]?.value = Reference.Tensor(weight)
    }
    let trained = policy.parameters.filter(\.value.isTrained)
    let loss = policy.loss(batch, random: RecordedReferenceRandom(draws)).total
    let found = gradients(of: loss, withRespectTo: trained.values.map(\.variable))
    var gradients: NamedTensors = [:]
    for (name, gradient) in zip(trained.keys, found) { gradients[name] = gradient?.float64 }
    return (loss.value.scalar, gradients)
  }

  /// The reference's answer.
  package func referenceOutcome() throws -> ACTOutcome {
    let policy = try Reference.ACTPolicy(config, random: SplitMixRandom(seed: 0))
    let random = RecordedReferenceRandom(draws)
    let learner = Reference.PolicyLearner(
      policy: policy, groups: policy.parameterGroups, optimizer: optimizer, random: random)
    let shapes = policy.parameters.map { ($0.key, $0.value.value.shape) }
    _ = try learner.loadWeights(try weights(shapes))
    var outcome = ACTOutcome()
    let trained = policy.parameters.filter(\.value.isTrained)
    let loss = policy.loss(batch, random: RecordedReferenceRandom(draws)).total
    let found = gradients(of: loss, withRespectTo: trained.values.map(\.variable))
    for (name, gradient) in zip(trained.keys, found) { outcome.gradients[name] = gradient?.float64 }
    for _ in 0..<steps {
      let result = try learner.update(batch, learningRates: learner.initialLearningRates)
      outcome.losses.append(result.loss)
      outcome.norms.append(result.gradientNorm)
      outcome.parts.append([result.parts["l1_loss"] ?? 0, result.parts["kld_loss"] ?? 0])
    }
    outcome.after = NamedTensors(
      uniqueKeysWithValues: trained.map { ($0.key, $0.value.value.float64) })
    policy.reset()
    outcome.actions = observations.map { policy.selectAction($0).float64 }
    outcome.complaints = random.draws.summary
    return outcome
  }
}

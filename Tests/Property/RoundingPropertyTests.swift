import Fast
import LeRobotCore
import Support
import Testing

/// Which kernels run is asked for, never concluded from whether gradients are recorded.
@Suite @TorchThread struct RoundingPropertyTests {
  init() throws { try Torch.open() }

  /// How often each kernel of our own ran in `body`.
  private func runs(_ body: () throws -> Void) rethrows -> [Kernel: Int] {
    try Support.runs(.own, body).kernels
  }

  /// One call of a kernel that every processor takes.
  private func poolAndConvolve() {
    let pictures = TorchRandom().normal([1, 2, 4, 4], mean: 0, standardDeviation: 1)
    _ = MaxPool(kernelSize: 2, stride: 2)(rectifying: pictures)
    let signals = TorchRandom().normal([1, 2, 5], mean: 0, standardDeviation: 1)
    _ = signals.convolved1D(.ones([3, 2, 3]), .zeros([3]), stride: 1, padding: 1)
    _ = pictures.reshaped([4, 2, 4]).attending(
      to: pictures.reshaped([4, 2, 4]), pictures.reshaped([4, 2, 4]), forbidden: nil, kept: nil,
      headCount: 2, scale: 1, dropout: 0)
  }

  private let all: [Kernel: Int] = [.rectifiedMaxPool: 1, .convolution1D: 1, .attention: 1]

  /// The frozen part of a policy that is being trained.
  @Test func withoutGradientsTheFastKernelsRun() {
    #expect(runs { poolAndConvolve() } == all)
    #expect(runs { Torch.withoutGradients { poolAndConvolve() } } == all)
  }

  @Test func forLeRobotsRoundingNoneOfThemRuns() {
    #expect(runs { Torch.withRounding(.asLeRobot) { poolAndConvolve() } } == [:])
  }

  @Test func roundingIsRestored() {
    struct Stop: Error {}
    func stop() throws(Stop) { throw Stop() }
    #expect(throws: Stop.self) {
      try Torch.withRounding(.asLeRobot) { () throws(Stop) in try stop() }
    }
    #expect(runs { poolAndConvolve() } == all)
    let nested = runs {
      Torch.withRounding(.asLeRobot) { Torch.withRounding(.fast) { poolAndConvolve() } }
    }
    #expect(nested == all)
  }

  /// Of every policy: a step runs kernels of our own; choosing actions does, unless they are to round
  /// as LeRobot's.
  @Test(arguments: [
    PolicyQuestion.randomACT(seed: 1001, cameras: 1), .randomDiffusion(seed: 2000, cameras: 1),
  ])
  func onlyActionsRoundAsLeRobotsAndOnlyWhereAsked(question: PolicyQuestion) throws {
    func makeLearner(_ rounding: Rounding) throws -> PolicyLearner {
      let policy = try PolicyBuilders.builtIn.makePolicy(question.config, random: TorchRandom())
      return PolicyLearner(
        policy: policy, groups: policy.parameterGroups, optimizer: question.optimizer,
        dataType: .float32, device: .cpu, usesAutocast: false, actionRounding: rounding)
    }
    let learner = try makeLearner(.asLeRobot)
    let step = try runs {
      _ = try learner.update(question.batch, learningRates: learner.initialLearningRates)
    }
    #expect(step[.rectifiedMaxPool] == 1 && step.count > 1, "\(step)")
    learner.reset()
    let actions = try runs {
      for observation in question.observations { _ = try learner.selectAction(observation) }
    }
    #expect(actions == [:])
    let fast = try makeLearner(.fast)
    let fastActions = try runs {
      for observation in question.observations { _ = try fast.selectAction(observation) }
    }
    #expect(!fastActions.isEmpty)
  }
}

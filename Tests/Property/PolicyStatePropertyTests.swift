import Fast
import LeRobotCore
import Reference
import Support
import Testing

/// What policies remember beside their weights, on both engines.
@Suite struct PolicyStatePropertyTests {
  enum Engine: CaseIterable, Sendable { case reference, fast }

  private func learner(
    _ engine: Engine, _ policy: PolicyConfig
  ) throws -> (any Backend, any Learner) {
    let backend: any Backend =
      switch engine {
      case .reference: ReferenceBackend()
      case .fast: try FastBackend(device: "cpu", dataType: .float64)
      }
    try backend.seed(5)
    return (backend, try backend.makeLearner(policy: policy, optimizer: .adam(AdamOptions())))
  }

  /// The first phase ends after its last step, however often it was resumed (Q-VQBET-1).
  @Test(arguments: Engine.allCases)
  @TorchThread func aResumedQuantizerCountsOn(_ engine: Engine) throws {
    var generator = SplitMix64(seed: 9)
    var config = VQBeTConfig.random(using: &generator)
    config.quantizerTrainingSteps = 3
    let batch = Batch.random(config, size: 2, using: &generator)
    for done in 0...2 {
      let (_, learner) = try learner(engine, PolicyConfig(config))
      learner.resume(afterSteps: done)
      for left in stride(from: 3 - done, to: 0, by: -1) {
        #expect(learner.stepsWithoutPictures == left)
        _ = try learner.update(batch, learningRates: learner.initialLearningRates)
      }
      #expect(learner.stepsWithoutPictures == 0)
    }
  }

  /// A small TD-MPC that plans at every step, an observation, and samples of its horizon.
  private func planning() -> (PolicyConfig, Batch, Batch) {
    var generator = SplitMix64(seed: 4)
    var config = TDMPCConfig.random(hasCamera: false, using: &generator)
    (config.usesPlanning, config.actionRepeatCount, config.actionStepCount) = (true, 1, 1)
    (config.horizon, config.planningIterationCount) = (3, 1)
    // The policy's own samples know of no plan, and all candidates are as good at first.
    (config.policySampleCount, config.eliteCount) = (0, 2)
    // Small, so that two plans do not end at the same bound.
    (config.minimumDeviation, config.maximumDeviation) = (0.05, 0.2)
    let observation = Batch.randomObservation(config, leading: [1], using: &generator)
    let samples = Batch.randomObservation(config, leading: [2, 4], using: &generator)
    return (PolicyConfig(config), observation, samples)
  }

  /// The optimizer numbers the target's parameters too, which nothing trains (Q-TDMPC-14).
  @Test(arguments: Engine.allCases)
  @TorchThread func targetsAreNumberedButNotLearned(_ engine: Engine) throws {
    let (_, learner) = try learner(engine, planning().0)
    let count = try learner.weights().count
    #expect(learner.parameterCounts.total == 2 * learner.parameterCounts.learnable)
    #expect(try learner.optimizerState().groups == [Array(0..<count)])
  }

  @Test(arguments: Engine.allCases)
  @TorchThread func aPlanIsForgottenWithItsEpisode(_ engine: Engine) throws {
    let (config, observation, _) = planning()
    let (backend, learner) = try learner(engine, config)
    let state = try backend.randomState()
    func action() throws -> HostTensor {
      try backend.setRandomState(state)
      return try learner.selectAction(observation)
    }
    let first = try action()
    #expect(try action() != first)
    learner.reset()
    #expect(try action() == first)
  }

  /// Chunks are predicted for frames that do not follow each other.
  @Test(arguments: Engine.allCases)
  @TorchThread func aChunkIsPlannedWithoutTheOneBefore(_ engine: Engine) throws {
    let (config, _, samples) = planning()
    let (backend, learner) = try learner(engine, config)
    let state = try backend.randomState()
    func chunk() throws -> HostTensor {
      try backend.setRandomState(state)
      return try learner.predictActionChunk(samples)
    }
    #expect(try chunk() == chunk())
  }
}

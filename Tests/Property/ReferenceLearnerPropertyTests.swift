import LeRobotCore
import Reference
import Support
import Testing

@Suite struct ReferenceLearnerPropertyTests {
  /// A learner of a random policy, and a batch for it.
  private func learner() throws -> (any Learner, Batch) {
    var generator = SplitMix64(seed: 3)
    let config = ACTConfig.random(cameras: 0, using: &generator)
    let backend = ReferenceBackend()
    try backend.seed(5)
    let learner = try backend.makeLearner(
      policy: PolicyConfig(config), optimizer: .adam(AdamOptions(weightDecay: 0)))
    return (learner, .random(config, size: 2, using: &generator))
  }

  @Test func aStepThatIsNotFiniteChangesNothing() throws {
    var (learner, batch) = try learner()
    let before = try learner.weights()
    let actions = try #require(batch["action"])
    batch["action"] = HostTensor(actions.doubles.map { _ in Double.nan }, shape: actions.shape)
    #expect(throws: TrainingError.notFinite(tensor: "the batch's action")) {
      try learner.update(batch, learningRates: learner.initialLearningRates)
    }
    #expect(try learner.weights() == before)
    #expect(try learner.optimizerState().slots.isEmpty)
  }

  @Test func weightsAreLoadedByName() throws {
    let (learner, _) = try learner()
    var weights = try learner.weights()
    let head = "model.action_head.bias"
    let bias = try #require(weights[head])
    weights[head] = nil
    weights["stranger"] = bias
    let loaded = try learner.loadWeights(from: weights)
    #expect(loaded.missing == [head] && loaded.unexpected == ["stranger"])
    #expect(
      throws: ReferenceError.wrongShape(tensor: head, expected: bias.shape, found: [99])
    ) {
      let wrong: NamedTensors = [
        head: HostTensor(Array(repeating: Float(0), count: 99), shape: [99])
      ]
      try learner.loadWeights(from: wrong)
    }
  }

  @Test func drawsOfWhatFailsAreTakenBack() throws {
    struct Broken: Error {}
    let backend = ReferenceBackend()
    try backend.seed(7)
    let before = try backend.randomState()
    func draw() throws {
      var generator = SplitMix64(seed: 3)
      let config = ACTConfig.random(cameras: 0, using: &generator)
      _ = try backend.makeLearner(
        policy: PolicyConfig(config), optimizer: .adam(AdamOptions(weightDecay: 0)))
      try #require(backend.randomState() != before)
    }
    #expect(throws: Broken.self) {
      try backend.undoingDraws { () throws -> Int? in
        try draw()
        throw Broken()
      }
    }
    #expect(try backend.randomState() == before)
    let none: Int? = try backend.undoingDraws {
      try draw()
      return nil
    }
    #expect(try none == nil && backend.randomState() == before)
    let undone: Int? = try backend.undoingDraws(keepsDraws: false) {
      try draw()
      return 1
    }
    #expect(try undone == 1 && backend.randomState() == before)
    let kept: Int? = try backend.undoingDraws {
      try draw()
      return 1
    }
    #expect(try kept == 1 && backend.randomState() != before)
  }

  @Test func theGeneratorsStateContinuesTheRun() throws {
    let backend = ReferenceBackend()
    try backend.seed(7)
    let state = try backend.randomState()
    var generator = SplitMix64(seed: 3)
    let config = ACTConfig.random(cameras: 0, using: &generator)
    func weights() throws -> NamedTensors {
      try backend.makeLearner(
        policy: PolicyConfig(config), optimizer: .adam(AdamOptions(weightDecay: 0))
      ).weights()
    }
    let first = try weights()
    #expect(try weights() != first)
    try backend.setRandomState(state)
    #expect(try weights() == first)
  }
}

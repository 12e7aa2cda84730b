import Fast
import LeRobotCore
import Reference
import Support
import Testing

/// Several ranks train like one that sees all their batches.
@Suite struct WorldPropertyTests {
  /// A policy with an optimizer that clips, and for each step a batch of 4 per rank.
  struct Case: Sendable, CustomTestStringConvertible {
    let policy: PolicyConfig
    let optimizer: OptimizerConfig
    let steps: [[Batch]]
    let testDescription: String

    static func act(seed: UInt64, ranks: Int) -> Case {
      var generator = SplitMix64(seed: seed)
      var config = ACTConfig.random(cameras: 0, using: &generator)
      // Dropout masks and a latent are drawn.
      (config.usesVAE, config.dropout) = (true, 0.3)
      return Case(
        policy: PolicyConfig(config), optimizer: .adamW(clipping),
        steps: (0..<6).map { _ in
          (0..<ranks).map { _ in .random(config, size: 4, using: &generator) }
        }, testDescription: "act \(seed), \(ranks) ranks")
    }

    static func diffusion(seed: UInt64, ranks: Int) -> Case {
      var generator = SplitMix64(seed: seed)
      let config = DiffusionConfig.random(cameras: 0, using: &generator)
      return Case(
        policy: PolicyConfig(config), optimizer: .adam(clipping),
        steps: (0..<6).map { _ in
          (0..<ranks).map { _ in .random(config, size: 4, using: &generator) }
        }, testDescription: "diffusion \(seed), \(ranks) ranks")
    }

    /// Two steps of the first phase, whose codes follow the vectors of all ranks, and one of the
    /// second. Statistics of batch norms are each rank's own.
    static func vqbet(seed: UInt64, ranks: Int) -> Case {
      var generator = SplitMix64(seed: seed)
      var config = VQBeTConfig.random(using: &generator)
      (config.quantizerTrainingSteps, config.usesGroupNorm) = (2, true)
      config.observationStepCount = 1
      return Case(
        policy: PolicyConfig(config), optimizer: .adam(clipping),
        steps: (0..<3).map { _ in
          (0..<ranks).map { _ in .random(config, size: 1, using: &generator) }
        }, testDescription: "vqbet \(seed), \(ranks) ranks")
    }

    private static var clipping: AdamOptions {
      var options = AdamOptions(weightDecay: 0.1)
      options.gradientClipNorm = 0.5
      return options
    }

    func learner() throws -> (ReferenceBackend, any Learner) {
      let backend = ReferenceBackend()
      try backend.seed(5)
      return (backend, try backend.makeLearner(policy: policy, optimizer: optimizer))
    }
  }

  /// What a rank has after its steps.
  struct Outcome: Sendable, Equatable {
    var losses: [Double] = []
    var norms: [Double] = []
    /// Weights and moments in float64.
    var state: NamedTensors = [:]
  }

  static let cases: [Case] =
    [2, 3].flatMap { ranks in
      (0..<3 as Range<UInt64>).flatMap { seed in
        [Case.act(seed: seed, ranks: ranks), .diffusion(seed: seed, ranks: ranks)]
      }
    } + [.vqbet(seed: 1, ranks: 2)]

  /// Random numbers: all ranks are seeded alike, so each draws the same dropout masks, latents, noise
  /// and timesteps as the others, for other frames; LeRobot under torchrun does so too. One rank that
  /// accumulates would draw on for its next batch: here each batch of a step begins from the same
  /// state of the generator.
  @Test(arguments: cases)
  func ranksEqualOneThatAccumulatesTheirBatches(_ test: Case) throws {
    let ranks = test.steps[0].count
    let several = try LoopbackWorld.run(size: ranks) { world in
      let (_, learner) = try test.learner()
      var outcome = Outcome()
      for batches in test.steps {
        try learner.accumulate(batches[world.rank], weight: 1)
        let result = try learner.step(
          learningRates: learner.initialLearningRates, world: world)
        outcome.losses.append(try world.mean([result.loss])[0])
        outcome.norms.append(result.gradientNorm)
      }
      outcome.state = try learner.unroundedState()
      return outcome
    }
    for outcome in several { #expect(outcome == several[0], "ranks drift apart") }

    let (backend, learner) = try test.learner()
    var single = Outcome()
    let initial = try learner.unroundedState()
    for batches in test.steps {
      let state = try backend.randomState()
      for batch in batches {
        try backend.setRandomState(state)
        try learner.accumulate(batch, weight: 1 / Double(ranks))
      }
      let result = try learner.step(
        learningRates: learner.initialLearningRates, world: SoloWorld())
      single.losses.append(result.loss)
      single.norms.append(result.gradientNorm)
    }
    single.state = try learner.unroundedState()

    #expect(mismatch(several[0].losses, single.losses, relative: 1e-9) == nil)
    #expect(mismatch(several[0].norms, single.norms, relative: 1e-9) == nil)
    #expect(single.norms.contains { $0 > 0.5 }, "nothing was clipped")
    #expect(several[0].state.keys == single.state.keys)
    for (name, tensor) in single.state {
      let other = try #require(several[0].state[name])
      #expect(mismatch(tensor, other, relative: 1e-9, absolute: 1e-15) == nil, "\(name)")
    }
    #expect(single.state != initial && single.losses[0] != single.losses[1])
  }

  /// libtorch has one generator per process, so these policies draw nothing: an ACT without dropout,
  /// and the first phase of a VQ-BeT.
  static let withoutDraws: [Case] = {
    var generator = SplitMix64(seed: 4)
    var act = ACTConfig.random(cameras: 0, using: &generator)
    (act.usesVAE, act.dropout) = (false, 0)
    var vqbet = VQBeTConfig.random(using: &generator)
    vqbet.quantizerTrainingSteps = 5
    let optimizer = OptimizerConfig.adamW(AdamOptions(weightDecay: 0.1))
    return [
      Case(
        policy: PolicyConfig(act), optimizer: optimizer,
        steps: (0..<4).map { _ in
          (0..<2).map { _ in .random(act, size: 4, using: &generator) }
        }, testDescription: "act"),
      Case(
        policy: PolicyConfig(vqbet), optimizer: optimizer,
        steps: (0..<4).map { _ in
          (0..<2).map { _ in .random(vqbet, size: 4, using: &generator) }
        }, testDescription: "vqbet"),
    ]
  }()

  @Test(arguments: withoutDraws)
  @TorchThread func fastRanksEqualTheReferences(_ test: Case) throws {
    let initial = try test.learner().1.weights()
    func train(_ makeLearner: @escaping @Sendable () throws -> any Learner) throws -> [Outcome] {
      try LoopbackWorld.run(size: 2) { world in
        let learner = try makeLearner()
        _ = try learner.loadWeights(from: initial)
        var outcome = Outcome()
        for batches in test.steps {
          try learner.accumulate(batches[world.rank], weight: 1)
          let result = try learner.step(
            learningRates: learner.initialLearningRates, world: world)
          outcome.losses.append(result.loss)
          outcome.norms.append(result.gradientNorm)
        }
        outcome.state = try learner.weights()
        return outcome
      }
    }
    let reference = try train { try test.learner().1 }
    let fast = try train {
      try FastBackend(device: "cpu", dataType: .float64, threadCount: 1).makeLearner(
        policy: test.policy, optimizer: test.optimizer)
    }
    #expect(fast[0].state == fast[1].state && fast[0].losses != fast[1].losses)
    for (theirs, ours) in zip(reference, fast) {
      #expect(mismatch(theirs.losses, ours.losses, relative: 1e-9) == nil)
      #expect(mismatch(theirs.norms, ours.norms, relative: 1e-9) == nil)
      for (name, tensor) in theirs.state {
        let other = try #require(ours.state[name])
        // The reference's come rounded to float32.
        #expect(mismatch(tensor, other, relative: 1e-6, absolute: 1e-12) == nil, "\(name)")
      }
    }
  }

  /// Each rank's own share counts: with the wrong batches nothing is equal.
  @Test func aRankTrainsOnItsOwnBatches() throws {
    let test = Case.act(seed: 1, ranks: 2)
    let losses = try LoopbackWorld.run(size: 2) { world in
      let (_, learner) = try test.learner()
      try learner.accumulate(test.steps[0][world.rank], weight: 1)
      return try learner.step(
        learningRates: learner.initialLearningRates, world: world
      ).loss
    }
    #expect(losses[0] != losses[1])
  }

  /// An error's text, which may leave its thread.
  private struct Message: Error, ExpressibleByStringInterpolation {
    let text: String
    init(stringLiteral text: String) { self.text = text }
  }

  @Test func whatIsNotFiniteOnOneRankEndsTheStepOnAll() throws {
    let test = Case.act(seed: 1, ranks: 2)
    let outcomes = try LoopbackWorld.run(size: 2) { world in
      let (_, learner) = try test.learner()
      let before = try learner.weights()
      var batch = test.steps[0][world.rank]
      if world.rank == 1, let actions = batch["action"] {
        batch["action"] = HostTensor(actions.doubles.map { _ in Double.nan }, shape: actions.shape)
      }
      try learner.accumulate(batch, weight: 1)
      let step = Result {
        try learner.step(learningRates: learner.initialLearningRates, world: world)
      }
      return (step.mapError { "\($0)" as Message }, try learner.weights() == before)
    }
    for (result, isUnchanged) in outcomes {
      #expect(isUnchanged)
      #expect(throws: Message.self) { try result.get() }
    }
    func message(_ rank: Int) -> String {
      if case .failure(let message) = outcomes[rank].0 { message.text } else { "" }
    }
    #expect(message(1).hasPrefix("the batch's action is not finite"))
    #expect(message(0).hasPrefix("the gradient of model."))
  }

  @Test func flagsAndNumbersAreSharedByAllRanks() throws {
    let shared = try LoopbackWorld.run(size: 3) { world in
      try world.barrier()
      return (
        world.isMain, try world.any([world.rank == 2, false]),
        try world.mean([Double(world.rank), 6]), try world.maximum([-Double(world.rank)])
      )
    }
    #expect(shared.map(\.0) == [true, false, false])
    for (_, flags, means, largest) in shared {
      #expect(flags == [true, false] && means == [1, 6] && largest == [0])
    }
  }

  @Test func aRankThatFailsEndsTheOthers() {
    struct Broken: Error {}
    #expect(throws: Broken.self) {
      try LoopbackWorld.run(size: 3) { world in
        if world.rank == 1 { throw Broken() }
        for _ in 0..<3 { try world.barrier() }
      }
    }
    // So does one that has ended too early.
    #expect(throws: WorldError.rankEnded(rank: 2)) {
      try LoopbackWorld.run(size: 3) { world in
        if world.rank < 2 { try world.barrier() }
      }
    }
  }

  @Test func ranksThatDoDifferentThingsAreAnError() {
    let error = #expect(throws: WorldError.self) {
      try LoopbackWorld.run(size: 2) { world in
        if world.rank == 0 { try world.barrier() } else { _ = try world.mean([1]) }
      }
    }
    #expect(
      error
        == .outOfStep(
          rank: 1, operation: "a mean of [1] numbers", expected: "a barrier of [] numbers"))
    for message in [error?.description, WorldError.rankEnded(rank: 2).description] {
      #expect(message?.contains("\n") == false && message?.contains("rank ") == true)
    }
  }
}

import Fast
import LeRobotCore
import Reference
import Support
import Testing

/// A training step taken apart, on both engines.
@Suite struct AccumulationPropertyTests {
  enum Engine: CaseIterable, Sendable { case reference, fast }

  /// A policy, a batch, and a learner of each engine.
  struct Question: Sendable {
    var policy: PolicyConfig
    var batch: Batch
    var optimizer = OptimizerConfig.adamW(AdamOptions(weightDecay: 0.1))

    static func act() -> Question {
      var generator = SplitMix64(seed: 3)
      var config = ACTConfig.random(cameras: 0, using: &generator)
      (config.usesVAE, config.dropout) = (true, 0.3)
      return Question(
        policy: PolicyConfig(config), batch: .random(config, size: 2, using: &generator))
    }

    /// With running statistics and random crops.
    static func diffusion() -> Question {
      var generator = SplitMix64(seed: 7)
      var config = DiffusionConfig.random(cameras: 1, using: &generator)
      config.usesGroupNorm = false
      config.cropsRandomly = true
      return Question(
        policy: PolicyConfig(config), batch: .random(config, size: 2, using: &generator))
    }

    func learner(_ engine: Engine) throws -> (any Backend, any Learner) {
      let backend: any Backend =
        switch engine {
        case .reference: ReferenceBackend()
        case .fast: try FastBackend(device: "cpu", dataType: .float64)
        }
      try backend.seed(5)
      return (backend, try backend.makeLearner(policy: policy, optimizer: optimizer))
    }
  }

  /// The mean of a batch's gradients and itself is itself.
  @Test(arguments: Engine.allCases)
  @TorchThread func halvesOfABatchAddUp(_ engine: Engine) throws {
    let question = Question.act()
    func trained(_ weights: [Double]) throws -> (StepResult, NamedTensors) {
      let (backend, learner) = try question.learner(engine)
      let state = try backend.randomState()
      for weight in weights {
        try backend.setRandomState(state)
        try learner.accumulate(question.batch, weight: weight)
      }
      let result = try learner.step(
        learningRates: learner.initialLearningRates, world: SoloWorld())
      return (result, try learner.weights())
    }
    let (whole, halves) = (try trained([1]), try trained([0.5, 0.25, 0.25]))
    #expect(abs(whole.0.loss - halves.0.loss) < 1e-12 * whole.0.loss)
    #expect(abs(whole.0.gradientNorm - halves.0.gradientNorm) < 1e-12 * whole.0.gradientNorm)
    #expect(Array(halves.0.parts.keys) == ["l1_loss", "kld_loss"])
    for (name, part) in whole.0.parts {
      #expect(abs(part - (halves.0.parts[name] ?? .nan)) <= 1e-12 * abs(part), "\(name)")
    }
    for (name, tensor) in whole.1 {
      let other = try #require(halves.1[name])
      #expect(mismatch(tensor, other, relative: 1e-6) == nil, "\(name)")
    }
  }

  /// The codes of a VQ-BeT follow the vectors of all batches of a step, once.
  @Test(arguments: Engine.allCases)
  @TorchThread func codesFollowAllBatchesOfAStep(_ engine: Engine) throws {
    var generator = SplitMix64(seed: 9)
    var config = VQBeTConfig.random(using: &generator)
    config.quantizerTrainingSteps = 9
    let halves = (0..<2).map { _ in Batch.random(config, size: 2, using: &generator) }
    var whole = Batch()
    for (key, tensor) in halves[0].tensors {
      let other = try #require(halves[1][key])
      whole[key] = HostTensor(
        tensor.doubles + other.doubles, shape: [4] + tensor.shape.dropFirst())
    }
    func trained(_ batches: [Batch]) throws -> NamedTensors {
      let question = Question(policy: PolicyConfig(config), batch: whole)
      let (_, learner) = try question.learner(engine)
      for _ in 0..<2 {
        for batch in batches { try learner.accumulate(batch, weight: 1 / Double(batches.count)) }
        _ = try learner.step(learningRates: learner.initialLearningRates, world: SoloWorld())
      }
      return try learner.weights()
    }
    let (one, two) = (try trained([whole]), try trained(halves))
    for (name, tensor) in one where name.contains("vqvae_model.") {
      let other = try #require(two[name])
      #expect(mismatch(tensor, other, relative: 1e-6) == nil, "\(name)")
    }
  }

  @Test(arguments: Engine.allCases, [Question.act(), .diffusion()])
  @TorchThread func aLossAloneChangesNothing(_ engine: Engine, _ question: Question) throws {
    func steps(asking: Bool) throws -> ([StepResult], NamedTensors, [UInt8], LossRecord?) {
      let (backend, learner) = try question.learner(engine)
      var (results, loss): ([StepResult], LossRecord?) = ([], nil)
      for _ in 0..<2 {
        if asking { loss = try learner.loss(of: question.batch) }
        try learner.accumulate(question.batch, weight: 1)
        // Gradients that wait for their step stay as they are.
        if asking { loss = try learner.loss(of: question.batch) }
        results.append(
          try learner.step(learningRates: learner.initialLearningRates, world: SoloWorld()))
        results[results.count - 1].snapshotSeconds = 0
      }
      return (results, try learner.weights(), try backend.randomState(), loss)
    }
    let (plain, asked) = (try steps(asking: false), try steps(asking: true))
    #expect(plain.0 == asked.0)
    #expect(plain.1 == asked.1, "weights and running statistics")
    #expect(plain.2 == asked.2, "the generator")
    let loss = try #require(asked.3)
    #expect(loss.total.isFinite && loss.total > 0)
  }

  @Test(arguments: Engine.allCases, [0, 1, 2])
  @TorchThread func aBatchOfSeveralThatIsNotFiniteIsNamed(_ engine: Engine, place: Int) throws {
    let question = Question.act()
    let (_, learner) = try question.learner(engine)
    let (weights, optimizer) = (try learner.weights(), try learner.optimizerState())
    var broken = question.batch
    let state = try #require(broken["action"])
    broken["action"] = HostTensor(state.doubles.map { _ in Double.nan }, shape: state.shape)
    for number in 0..<3 {
      try learner.accumulate(number == place ? broken : question.batch, weight: 1 / 3)
    }
    #expect(throws: TrainingError.notFinite(tensor: "the batch's action")) {
      try learner.step(learningRates: learner.initialLearningRates, world: SoloWorld())
    }
    #expect(try learner.weights() == weights)
    #expect(try learner.optimizerState() == optimizer)
    // Nothing of the broken step is left for the next one.
    #expect(
      try learner.update(question.batch, learningRates: learner.initialLearningRates).loss > 0)
  }

  /// N batches in one step are one batch N times as large, for a policy that draws nothing and takes no
  /// mean over a batch but that of its loss.
  @Test(arguments: Engine.allCases, 0..<Effort.count(4, of: 40))
  @TorchThread func severalBatchesAreALargeOne(_ engine: Engine, seed: Int) throws {
    var generator = SplitMix64(seed: UInt64(seed))
    var config = ACTConfig.random(cameras: seed % 2, using: &generator)
    (config.usesVAE, config.dropout) = (false, 0)
    let count = Int.random(in: 2...4, using: &generator)
    let parts = (0..<count).map { _ in Batch.random(config, size: 2, using: &generator) }
    let question = Question(policy: PolicyConfig(config), batch: .joined(parts))
    func trained(_ batches: [Batch]) throws -> (StepResult, NamedTensors) {
      let (_, learner) = try question.learner(engine)
      for batch in batches { try learner.accumulate(batch, weight: 1 / Double(batches.count)) }
      let result = try learner.step(
        learningRates: learner.initialLearningRates, world: SoloWorld())
      return (result, try learner.weights())
    }
    let (large, several) = (try trained([question.batch]), try trained(parts))
    #expect(abs(large.0.loss - several.0.loss) <= 1e-9 * large.0.loss)
    #expect(abs(large.0.gradientNorm - several.0.gradientNorm) <= 1e-9 * large.0.gradientNorm)
    for (name, tensor) in large.1 {
      let other = try #require(several.1[name])
      // A gradient that is 0 but for rounding becomes a step of either sign in Adam.
      #expect(mismatch(tensor, other, relative: 1e-6, absolute: 1e-6) == nil, "\(name)")
    }
  }
}

extension Batch {
  /// Batches of the same features, one after the other.
  fileprivate static func joined(_ parts: [Batch]) -> Batch {
    var batch = Batch(tasks: parts.flatMap(\.tasks))
    for key in parts[0].values.keys {
      let tensors = parts.compactMap { $0[key] }
      let shape = [tensors.reduce(0) { $0 + $1.shape[0] }] + tensors[0].shape.dropFirst()
      func joined<Element: HostElement>(_ type: Element.Type) -> HostTensor? {
        let values = tensors.compactMap { $0.values(of: type) }
        return values.count == tensors.count
          ? HostTensor(values.flatMap(\.self), shape: shape) : nil
      }
      batch[key] =
        joined(Float.self) ?? joined(Double.self) ?? joined(Bool.self) ?? joined(Int64.self)
        ?? joined(UInt8.self)
    }
    return batch
  }
}

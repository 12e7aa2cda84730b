import Fast
import LeRobotCore
import Reference
import Support
import Testing

/// Linear layers of a policy that are wrapped from outside, as LoRA would wrap them.
@Suite struct LinearAdditionPropertyTests {
  private struct ReferenceLowRank: Reference.LinearAddition {
    let (inner, outer): (Reference.Linear, Reference.Linear)

    init(_ weight: Reference.LinearWeight) {
      let (random, rank) = (SplitMixRandom(seed: 3), 2)
      inner = Reference.Linear(
        inputWidth: weight.value.size(1), outputWidth: rank, hasBias: false, random: random)
      outer = Reference.Linear(
        inputWidth: rank, outputWidth: weight.value.size(0), hasBias: false, random: random)
    }

    var parameters: Reference.NamedParameters {
      Reference.named(("lora_A", inner), ("lora_B", outer))
    }

    func callAsFunction(_ x: Reference.Variable) -> Reference.Variable { outer(inner(x)) }
  }

  private struct FastLowRank: Fast.LinearAddition {
    let (inner, outer): (Fast.Linear, Fast.Linear)

    init(_ weight: Fast.LinearWeight) {
      let (random, rank) = (Fast.TorchRandom(), 2)
      inner = Fast.Linear(
        inputWidth: weight.value.size(1), outputWidth: rank, hasBias: false, random: random)
      outer = Fast.Linear(
        inputWidth: rank, outputWidth: weight.value.size(0), hasBias: false, random: random)
    }

    var parameters: Fast.NamedParameters { Fast.named(("lora_A", inner), ("lora_B", outer)) }

    func callAsFunction(_ x: Fast.Tensor) -> Fast.Tensor { outer(inner(x)) }
  }

  /// Queries, in which text model, expert and tower all have linear layers.
  private static func isWrapped(_ name: String) -> Bool { name.hasSuffix(".q_proj") }

  private static func reference(isWrapped: Bool) -> ReferenceBackend {
    ReferenceBackend(
      policies: Reference.PolicyBuilders([
        Reference.PolicyBuilder { (config: SmolVLAConfig, random) in
          let policy = try Reference.SmolVLAPolicy(config, random: random)
          if isWrapped {
            policy.wrapLinearLayers { Self.isWrapped($0) ? ReferenceLowRank($1) : nil }
          }
          return policy
        }
      ]))
  }

  @TorchThread private static func fast(isWrapped: Bool) throws -> FastBackend {
    try FastBackend(
      device: "cpu",
      policies: Fast.PolicyBuilders([
        Fast.PolicyBuilder { (config: SmolVLAConfig, random) in
          let policy = try Fast.SmolVLAPolicy(config, random: random)
          if isWrapped {
            policy.wrapLinearLayers { Self.isWrapped($0) ? FastLowRank($1) : nil }
          }
          return policy
        }
      ]))
  }

  /// The losses of two steps, and the weights before and after them.
  ///
  /// - Parameter given: weights to start from; the others are filled.
  private static func run(
    _ backend: any Backend, _ question: PolicyQuestion, from given: NamedTensors = [:]
  ) throws -> (losses: [Double], before: NamedTensors, after: NamedTensors) {
    let learner = try backend.makeLearner(policy: question.config, optimizer: question.optimizer)
    let before = try question.weights(learner.weights().map { ($0.key, $0.value.shape) })
      .merging(given) { $1 }
    let names = try learner.loadWeights(from: before)
    #expect(names.missing.isEmpty && names.unexpected.isEmpty)
    try backend.seed(5)
    let losses = try (0..<2).map { _ in
      try learner.update(question.batch, learningRates: learner.initialLearningRates).loss
    }
    return (losses, before, try learner.weights())
  }

  @Test func wrappedLayersComputeAndLearnAndNoPolicyKnows() async throws {
    let question = try PolicyQuestion.randomSmolVLA(seed: 4)
    let plain = try Self.run(Self.reference(isWrapped: false), question)
    let wrapped = try Self.run(Self.reference(isWrapped: true), question, from: plain.before)
    let layers = plain.before.keys.filter { $0.hasSuffix(".q_proj.weight") }
    let added = wrapped.before.keys.filter { plain.before[$0] == nil }
    #expect(!layers.isEmpty)
    let expected: [String] = layers.flatMap { name in
      ["lora_A", "lora_B"].map { part in name.dropLast("weight".count) + part + ".weight" }
    }
    #expect(Array(added) == expected)
    #expect(abs(plain.losses[0] - wrapped.losses[0]) > 1e-6 * plain.losses[0])
    // What nothing reads of the last layer of the model gets no gradient, in either program.
    let learned = added.filter { wrapped.before[$0]?.doubles != wrapped.after[$0]?.doubles }
    #expect(learned.contains { $0.contains("lm_expert") } && learned.count > added.count / 2)
    let fast = try await onTorchThread {
      try Self.run(Self.fast(isWrapped: true), question, from: plain.before)
    }
    #expect(mismatch(wrapped.losses, fast.losses, relative: 1e-5) == nil)
    #expect(Array(fast.after.keys) == Array(wrapped.after.keys))
    let fastLearned = added.filter { fast.before[$0]?.doubles != fast.after[$0]?.doubles }
    #expect(fastLearned == learned)
  }
}

import Fast
import Foundation
import LeRobotCore
import Support
import Testing

@testable import LeRobotTraining

/// What is told of memory before a policy is built, beside what it takes.
@Suite(.serialized) @TorchThread struct MemoryForecastPropertyTests {
  init() throws { try Torch.open() }

  private let question = MemoryQuestion(batchSize: 2, momentCount: 2)
  private let adamW = OptimizerConfig.adamW(AdamOptions(weightDecay: 0))

  @Test(arguments: 0..<20) func parametersAreThoseOfTheNetwork(seed: UInt64) throws {
    var policy = try PolicyQuestion.randomPI(seed: seed).config
    if seed % 4 > 1 { policy = narrowed(policy) }
    let choice = try #require(policy.value.memoryChoices(question).first)
    let memory = try FastBackend(device: "cpu").makeLearner(policy: policy, optimizer: adamW).memory
    #expect(choice.forecast.weights == memory.weights)
    #expect(choice.forecast.gradients == memory.gradients)
    #expect(choice.forecast.moments == memory.moments)
  }

  private func narrowed(_ policy: PolicyConfig) -> PolicyConfig {
    if var config = policy.value as? PI0Config {
      config.dataType = "bfloat16"
      return PolicyConfig(config)
    }
    guard var config = policy.value as? PI05Config else { return policy }
    config.dataType = "bfloat16"
    return PolicyConfig(config)
  }

  /// Both models alike, beside a small tower.
  private func sizes(width: Int, hiddenWidth: Int, vocabulary: Int) throws -> PIOwnSizes {
    let gemma: JSONValue = [
      "width": .int(width), "depth": 4, "mlp_dim": .int(hiddenWidth), "num_heads": 4,
      "num_kv_heads": 1, "head_dim": 32,
    ]
    return try PIOwnSizes([
      "gemma_2b": gemma, "gemma_300m": gemma, "vocab_size": .int(vocabulary),
      "vision": [
        "hidden_size": 128, "intermediate_size": 256, "num_hidden_layers": 3,
        "num_attention_heads": 4, "image_size": 128, "patch_size": 8,
      ],
    ])
  }

  /// Sizes at which most tensors are large enough to be counted, and weights are few.
  private func config<Release>(
    _ release: Release.Type, type: String, _ way: String, isRecomputed: Bool
  ) throws -> PIConfig<Release> {
    var config = PIConfig<Release>()
    config.ownSizes = try sizes(width: 128, hiddenWidth: 256, vocabulary: 30)
    (config.dataType, config.checkpointsGradients) = (type, isRecomputed)
    (config.trainsExpertOnly, config.freezesVisionEncoder) = (way == "expert", way == "no tower")
    (config.chunkSize, config.tokenizerMaximumLength) = (way == "expert" ? 250 : 20, 30)
    config.imageResolution = ImageSize(height: 128, width: 128)
    config.common.inputFeatures = [
      "observation.images.top": PolicyFeature(type: .visual, shape: [3, 128, 128]),
      "observation.state": PolicyFeature(type: .state, shape: [3]),
    ]
    config.common.outputFeatures = ["action": PolicyFeature(type: .action, shape: [2])]
    return config
  }

  private func batch(size: Int, chunk: Int, words: Int) -> Batch {
    func full(_ shape: [Int]) -> HostTensor {
      HostTensor([Float](repeating: 0.5, count: shape.reduce(1, *)), shape: shape)
    }
    var batch = Batch()
    batch["observation.images.top"] = full([size, 3, 128, 128])
    batch["observation.state"] = full([size, 3])
    batch["action"] = full([size, chunk, 2])
    batch[TokenizerStep.tokensKey] = HostTensor(
      [Int64](repeating: 5, count: size * words), shape: [size, words])
    batch[TokenizerStep.isTokenKey] = HostTensor(
      [Bool](repeating: true, count: size * words), shape: [size, words])
    return batch
  }

  /// Bytes that a forward and a backward pass take at their most, as they are and as they are told.
  private func compare<Release: PIRelease>(
    _ release: Release.Type, type: String, _ way: String, isRecomputed: Bool
  ) throws -> (measured: Int, told: Int) {
    let config = try config(release, type: type, way, isRecomputed: isRecomputed)
    let policy = PolicyConfig(config)
    let learner = try FastBackend(device: "cpu").makeLearner(policy: policy, optimizer: adamW)
    let size = 8
    let choices = policy.value.memoryChoices(
      MemoryQuestion(batchSize: size, momentCount: 2))
    let told = try #require(choices.first?.forecast.activations)
    let batch = batch(size: size, chunk: config.chunkSize, words: config.tokenizerMaximumLength)
    let before = Torch.memory.inUse
    try learner.accumulate(batch, weight: 1)
    return (Torch.memory.most - before, told)
  }

  @Test(arguments: ["float32", "bfloat16"], ["everything", "no tower", "expert"])
  func activationsAreThoseOfTheGraph(type: String, way: String) throws {
    for isRecomputed in [false, true] {
      for found in [
        try compare(PI0.self, type: type, way, isRecomputed: isRecomputed),
        try compare(PI05.self, type: type, way, isRecomputed: isRecomputed),
      ] {
        let ratio = Double(found.told) / Double(found.measured)
        #expect(abs(ratio - 1) < 0.15, "\(type), \(way), \(isRecomputed): \(found)")
      }
    }
  }

  @Test(arguments: ["float32", "bfloat16"]) func drawingIsThatOfNewWeights(type: String) throws {
    var config = try config(PI0.self, type: type, "everything", isRecomputed: false)
    // Large weights, which are counted.
    config.ownSizes = try sizes(width: 512, hiddenWidth: 2048, vocabulary: 20_000)
    let policy = PolicyConfig(config)
    let told = try #require(policy.value.memoryChoices(question).first?.forecast.drawing)
    Torch.forgetPeak()
    let before = Torch.memory.inUse
    _ = try FastBackend(device: "cpu").makeLearner(policy: policy, optimizer: adamW)
    let ratio = Double(told) / Double(Torch.memory.most - before)
    #expect(abs(ratio - 1) < 0.05, "\(type): \(ratio)")
  }

  @Test func waysGoFromWhatTrainsMost() throws {
    let config = try config(PI0.self, type: "float32", "everything", isRecomputed: false)
    let choices = PolicyConfig(config).value.memoryChoices(question)
    #expect(choices.count == 12)
    #expect(Array(choices[0].fields.values) == ["float32", "false", "false", "false"])
    let frozen = choices.filter { $0.fields["train_expert_only"] == "true" }
    #expect(
      frozen.count == 4
        && frozen.allSatisfy { $0.forecast.gradients < choices[0].forecast.gradients })
    #expect(choices.map(\.forecast).allSatisfy { $0.peak >= MemoryForecast.program + $0.drawing })
  }
}

import LeRobotCore
import Reference

extension PolicyQuestion {
  /// A SmolVLA with random widths, layers, cameras, branches, weights, batch and draws.
  package static func randomSmolVLA(seed: UInt64) throws -> PolicyQuestion {
    var generator = SplitMix64(seed: seed)
    let config = try SmolVLAConfig.random(using: &generator)
    let batchSize = Int.random(in: 1...3, using: &generator)
    return PolicyQuestion(
      config: PolicyConfig(config), optimizer: config.optimizerPreset,
      batch: .random(config, size: batchSize, using: &generator), draws: .seeded(seed), steps: 2,
      observations: (0..<2).map { _ in
        .randomObservation(config, size: batchSize, using: &generator)
      },
      weights: { .filled($0, seed: seed) })
  }
}

extension SmolVLMConfig {
  /// Tiny widths, read from a config.json.
  package static func random(
    using generator: inout some RandomNumberGenerator
  ) throws -> SmolVLMConfig {
    func int(_ range: ClosedRange<Int>) -> Int { Int.random(in: range, using: &generator) }
    let (keyHeads, towerHeads, factor, patch) = (int(1...2), int(1...2), int(1...2), int(2...4))
    let text: [String: Int] = [
      "hidden_size": 2 * int(2...4), "num_hidden_layers": int(1...4),
      "num_attention_heads": keyHeads * int(1...2), "num_key_value_heads": keyHeads,
      "head_dim": 2 * int(1...3), "intermediate_size": int(3...6), "vocab_size": 12,
    ]
    let vision: [String: Int] = [
      "hidden_size": towerHeads * int(2...3), "num_hidden_layers": int(1...2),
      "num_attention_heads": towerHeads, "intermediate_size": int(3...6), "patch_size": patch,
      "image_size": patch * factor * int(1...2),
    ]
    return try SmolVLMConfig(
      json(text: text, vision: vision, factor: factor), file: SmolVLMConfig.fileName)
  }

  /// A config.json in float32.
  package static func json(
    text: [String: Int], vision: [String: Int], factor: Int
  ) -> JSONValue {
    func numbers(_ section: [String: Int]) -> JSONValue {
      .object(
        .init(
          uniqueKeysWithValues: section.sorted { $0.key < $1.key }.map { ($0.key, .int($0.value)) })
      )
    }
    return .object([
      "model_type": .string("smolvlm"), "scale_factor": .int(factor),
      "torch_dtype": .string("float32"), "text_config": numbers(text),
      "vision_config": numbers(vision),
    ])
  }
}

extension SmolVLAConfig {
  /// Every branch taken half of the time.
  package static func random(
    using generator: inout some RandomNumberGenerator
  ) throws -> SmolVLAConfig {
    func int(_ range: ClosedRange<Int>) -> Int { Int.random(in: range, using: &generator) }
    func coin() -> Bool { Bool.random(using: &generator) }
    var config = SmolVLAConfig()
    let model = try SmolVLMConfig.random(using: &generator)
    config.parts = SmolVLAParts(model: model, fakeToken: 11, globalToken: 10)
    config.chunkSize = int(1...4)
    config.actionStepCount = int(1...config.chunkSize)
    config.denoisingStepCount = int(1...4)
    let side = model.vision.patchSide * model.shuffleFactor * int(1...2)
    config.paddedImageSize = ImageSize(height: side, width: side + int(0...1))
    config.addsImageTokens = coin()
    config.prefixLength = coin() ? -1 : int(0...30)
    (config.trainsExpertOnly, config.freezesVisionEncoder) = (coin(), coin())
    config.trainsStateProjection = coin()
    config.expertWidthFactor = coin() && model.text.width % 4 == 0 ? 0.5 : 1
    config.takeLayers(of: model, using: &generator)
    config.common.inputFeatures["observation.state"] = PolicyFeature(
      type: .state, shape: [int(1...3)])
    for camera in 0..<int(1...2) {
      config.common.inputFeatures["observation.images.\(camera)"] = PolicyFeature(
        type: .visual, shape: [3, int(3...20), int(3...20)])
    }
    config.emptyCameraCount = int(0...1)
    _ = config.completeFeatures()
    config.common.outputFeatures = ["action": PolicyFeature(type: .action, shape: [int(1...3)])]
    (config.maximumStateWidth, config.maximumActionWidth) = (int(3...5), int(3...5))
    (config.learningRate, config.weightDecay) = (1e-3, coin() ? 0 : 0.1)
    config.gradientClip = coin() ? 10 : 1
    return config
  }

  /// Layers of both models, and which of them look across.
  private mutating func takeLayers(
    of model: SmolVLMConfig, using generator: inout some RandomNumberGenerator
  ) {
    attentionMode = Int.random(in: 0..<3, using: &generator) == 0 ? "self_attn" : "cross_attn"
    selfAttentionInterval = Int.random(in: -1...3, using: &generator)
    visionLanguageLayerCount = Int.random(in: 0...model.text.layerCount, using: &generator)
    let kept =
      visionLanguageLayerCount > 0 ? visionLanguageLayerCount : model.text.layerCount
    guard Bool.random(using: &generator) else { return }
    expertLayerCount =
      (1...kept).filter { kept.isMultiple(of: $0) }.randomElement(using: &generator) ?? -1
    // Any interval but these has layers that fit no place.
    if selfAttentionInterval > 1 { selfAttentionInterval = 1 }
  }
}

extension Batch {
  /// Observations and actions uniform in −1…1.
  package static func random(
    _ config: SmolVLAConfig, size: Int, using generator: inout some RandomNumberGenerator
  ) -> Batch {
    var batch = Batch.randomObservation(config, size: size, using: &generator)
    let width = config.common.outputFeatures["action"]?.shape[0] ?? 1
    batch["action"] =
      Reference.Tensor.random([size, config.chunkSize, width], using: &generator).float64
    return batch
  }

  /// With texts of several lengths, padded at their end, and no picture of an empty camera.
  package static func randomObservation(
    _ config: SmolVLAConfig, size: Int, using generator: inout some RandomNumberGenerator
  ) -> Batch {
    var batch = Batch()
    for (key, feature) in config.common.inputFeatures where !key.contains("empty_camera") {
      batch[key] = Reference.Tensor.random([size] + feature.shape, using: &generator).float64
    }
    batch.addRandomText(size: size, using: &generator)
    return batch
  }

  /// Words of 12 tokens, of several lengths and padded at their end.
  package mutating func addRandomText(
    size: Int, using generator: inout some RandomNumberGenerator
  ) {
    let length = Int.random(in: 1...4, using: &generator)
    var (words, isWord): ([Int64], [Bool]) = ([], [])
    for _ in 0..<size {
      let count = Int.random(in: 1...length, using: &generator)
      words += (0..<length).map { _ in Int64.random(in: 0..<12, using: &generator) }
      isWord += (0..<length).map { $0 < count }
    }
    self[TokenizerStep.tokensKey] = HostTensor(words, shape: [size, length])
    self[TokenizerStep.isTokenKey] = HostTensor(isWord, shape: [size, length])
  }
}

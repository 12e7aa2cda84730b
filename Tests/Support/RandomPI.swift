import LeRobotCore
import Reference

extension PolicyQuestion {
  /// A π₀, or for odd seeds a π₀.₅, with random widths, layers, cameras, weights, batch and draws.
  package static func randomPI(seed: UInt64) throws -> PolicyQuestion {
    seed.isMultiple(of: 2)
      ? try question(PI0.self, seed: seed) : try question(PI05.self, seed: seed)
  }

  private static func question<Release: PIRelease>(
    _ release: Release.Type, seed: UInt64
  ) throws -> PolicyQuestion {
    var generator = SplitMix64(seed: seed)
    let config = try PIConfig<Release>.random(using: &generator)
    let batchSize = Int.random(in: 1...3, using: &generator)
    let policy = PolicyConfig(config)
    return PolicyQuestion(
      config: policy, optimizer: config.optimizerPreset,
      batch: .randomForPI(policy, size: batchSize, chunk: config.chunkSize, using: &generator),
      draws: .seeded(seed), steps: 2,
      observations: (0..<2).map { _ in
        .randomForPI(policy, size: batchSize, chunk: nil, using: &generator)
      },
      weights: { .filled($0, seed: seed) })
  }
}

extension PIOwnSizes {
  /// Tiny widths with 12 tokens, and the side of the tower's pictures.
  fileprivate static func random(
    using generator: inout some RandomNumberGenerator
  ) throws -> (sizes: PIOwnSizes, side: Int) {
    func int(_ range: ClosedRange<Int>) -> Int { Int.random(in: range, using: &generator) }
    let (keyHeads, groups, depth, head) = (int(1...2), int(1...2), int(1...3), 2 * int(1...2))
    func gemma() -> JSONValue {
      [
        "width": .int(2 * int(2...4)), "depth": .int(depth), "mlp_dim": .int(int(3...6)),
        "num_heads": .int(keyHeads * groups), "num_kv_heads": .int(keyHeads),
        "head_dim": .int(head),
      ]
    }
    let (towerHeads, patch) = (int(1...2), int(2...4))
    let side = patch * int(1...3)
    let sizes = try PIOwnSizes([
      "gemma_2b": gemma(), "gemma_300m": gemma(), "vocab_size": 12,
      "vision": [
        "hidden_size": .int(towerHeads * int(2...3)), "intermediate_size": .int(int(3...6)),
        "num_hidden_layers": .int(int(1...2)), "num_attention_heads": .int(towerHeads),
        "image_size": .int(side), "patch_size": .int(patch),
      ],
    ])
    return (sizes, side)
  }
}

extension PIConfig {
  fileprivate static func random(
    using generator: inout some RandomNumberGenerator
  ) throws -> Self {
    var config = Self()
    let own = try PIOwnSizes.random(using: &generator)
    config.ownSizes = own.sizes
    config.imageResolution = ImageSize(height: own.side, width: own.side)
    func int(_ range: ClosedRange<Int>) -> Int { Int.random(in: range, using: &generator) }
    func coin() -> Bool { Bool.random(using: &generator) }
    if coin() { config.actionExpertVariant = "gemma_2b" }
    (config.chunkSize, config.actionStepCount) = (int(2...4), int(1...2))
    config.inferenceStepCount = int(1...4)
    (config.timeSamplingAlpha, config.timeSamplingBeta) = (Double(int(1...4)) / 2, 1)
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
    config.trainsExpertOnly = int(0...3) == 0
    config.freezesVisionEncoder = int(0...3) == 0
    config.checkpointsGradients = coin()
    return config
  }
}

extension Batch {
  /// Numbers uniform in −1…1, texts of several lengths, padded at their end, and no picture of an empty camera.
  ///
  /// - Parameter chunk: the length of actions; nil for an observation alone.
  fileprivate static func randomForPI(
    _ policy: PolicyConfig, size: Int, chunk: Int?,
    using generator: inout some RandomNumberGenerator
  ) -> Batch {
    let common = policy.common
    var batch = Batch()
    for (key, feature) in common.inputFeatures where !key.contains("empty_camera") {
      batch[key] = Reference.Tensor.random([size] + feature.shape, using: &generator).float64
    }
    batch.addRandomText(size: size, using: &generator)
    if let chunk, let width = common.outputFeatures["action"]?.shape[0] {
      batch["action"] = Reference.Tensor.random([size, chunk, width], using: &generator).float64
    }
    return batch
  }
}

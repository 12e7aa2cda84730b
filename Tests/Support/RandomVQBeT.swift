import LeRobotCore
import Reference

extension PolicyQuestion {
  /// A VQ-BeT with random widths, branches, phase, weights, batch and draws.
  package static func randomVQBeT(seed: UInt64) -> PolicyQuestion {
    var generator = SplitMix64(seed: seed)
    var config = VQBeTConfig.random(using: &generator)
    let batchSize = Int.random(in: 2...3, using: &generator)
    let isDiscretized = Bool.random(using: &generator)
    // Where the first phase is not over, it ends within the steps in every other case.
    config.quantizerTrainingSteps = Int.random(in: 1...2, using: &generator)
    let batch = Batch.random(config, size: batchSize, using: &generator)
    return PolicyQuestion(
      config: PolicyConfig(config), optimizer: config.optimizerPreset, batch: batch,
      draws: .seeded(seed), steps: isDiscretized ? 1 : 2,
      observations: (0..<2).map { _ in
        .randomObservation(config, leading: [batchSize], using: &generator)
      },
      weights: { vqbetWeights(for: $0, isDiscretized: isDiscretized) })
  }
}

extension VQBeTConfig {
  /// Tiny widths; every branch taken half of the time.
  package static func random(using generator: inout some RandomNumberGenerator) -> VQBeTConfig {
    func int(_ range: ClosedRange<Int>) -> Int { Int.random(in: range, using: &generator) }
    func number(_ range: ClosedRange<Double>) -> Double { .random(in: range, using: &generator) }
    func coin() -> Bool { Bool.random(using: &generator) }
    var config = VQBeTConfig()
    config.observationStepCount = int(1...2)
    config.actionTokenCount = int(1...3)
    config.actionChunkSize = int(1...3)
    config.codeCount = int(2...5)
    config.codeWidth = int(2...4)
    config.quantizerWidth = int(3...6)
    config.headCount = int(1...2)
    config.hiddenWidth = config.headCount * int(3...4)
    config.inputWidth = int(3...6)
    config.outputWidth = int(3...6)
    config.layerCount = int(1...2)
    config.blockSize = config.tokenCount + int(0...2)
    config.dropout = coin() ? 0 : 0.2
    config.offsetLossWeight = number(0.1...3)
    config.samplingTemperature = number(0.3...2)
    config.selectsSequentially = coin()
    config.weightDecay = coin() ? 0 : number(0...0.1)
    config.quantizerWeightDecay = number(0...0.1)
    config.keypointCount = int(1...3)
    config.usesGroupNorm = coin()
    config.cropsRandomly = coin()
    config.cropShape = coin() ? nil : ImageSize(height: 33, width: 34)
    config.common.inputFeatures = [
      "observation.state": PolicyFeature(type: .state, shape: [int(1...4)]),
      "observation.images.top": PolicyFeature(type: .visual, shape: [3, 34, 36]),
    ]
    config.common.outputFeatures = ["action": PolicyFeature(type: .action, shape: [int(1...3)])]
    return config
  }
}

extension Batch {
  /// Observations and actions uniform in −1…1.
  package static func random(
    _ config: VQBeTConfig, size: Int, using generator: inout some RandomNumberGenerator
  ) -> Batch {
    var batch = Batch.randomObservation(
      config, leading: [size, config.observationStepCount], using: &generator)
    let width = config.common.outputFeatures["action"]?.shape[0] ?? 1
    let length = config.actionTokens + config.actionChunkSize - 1
    batch["action"] =
      Reference.Tensor.random([size, length, width], using: &generator).float64
    return batch
  }

  /// Features uniform in −1…1, each behind the leading axes.
  static func randomObservation(
    _ config: VQBeTConfig, leading: [Int], using generator: inout some RandomNumberGenerator
  ) -> Batch {
    var batch = Batch()
    for (key, feature) in config.common.inputFeatures {
      batch[key] = Reference.Tensor.random(leading + feature.shape, using: &generator).float64
    }
    return batch
  }
}

import LeRobotCore
import Reference

extension PolicyQuestion {
  /// An ACT with random widths, branches, weights, batch, draws and optimizer.
  package static func randomACT(seed: UInt64, cameras: Int = 0) -> PolicyQuestion {
    var generator = SplitMix64(seed: seed)
    let config = ACTConfig.random(cameras: cameras, using: &generator)
    let batchSize = Int.random(in: 1...3, using: &generator)
    return PolicyQuestion(
      config: PolicyConfig(config), optimizer: .random(using: &generator),
      batch: .random(config, size: batchSize, using: &generator), draws: .seeded(seed),
      steps: 3,
      observations: (0..<4).map { _ in .random(config, size: batchSize, using: &generator) },
      weights: { .filled($0, seed: seed) })
  }
}

extension NamedTensors {
  /// Weights by formula, another one for each tensor and seed.
  static func filled(_ shapes: [(name: String, shape: [Int])], seed: UInt64) -> NamedTensors {
    NamedTensors(
      uniqueKeysWithValues: shapes.enumerated().map { index, entry in
        // A count of batches is a whole number.
        if entry.name.hasSuffix("num_batches_tracked") {
          return (entry.name, HostTensor([1 as Int64], shape: []))
        }
        let seed = UInt32(seed) &* 977 + UInt32(index)
        return (entry.name, Support.filled(entry.name, entry.shape, seed: seed))
      })
  }
}

extension ACTConfig {
  /// Tiny widths; every branch taken half of the time.
  package static func random(
    cameras: Int, using generator: inout some RandomNumberGenerator
  ) -> ACTConfig {
    func int(_ range: ClosedRange<Int>) -> Int { Int.random(in: range, using: &generator) }
    var config = ACTConfig()
    config.pretrainedBackboneWeights = nil
    config.headCount = int(1...3)
    config.modelWidth = 4 * config.headCount
    config.feedForwardWidth = int(1...9)
    config.feedForwardActivation = Bool.random(using: &generator) ? "relu" : "gelu"
    config.preNorm = Bool.random(using: &generator)
    config.chunkSize = int(1...5)
    config.encoderLayerCount = int(1...2)
    config.decoderLayerCount = int(1...2)
    config.vaeEncoderLayerCount = int(1...2)
    config.usesVAE = Bool.random(using: &generator)
    config.latentWidth = int(1...4)
    config.dropout = Bool.random(using: &generator) ? 0 : 0.3
    config.klWeight = Double.random(in: 0...10, using: &generator)
    config.backboneLearningRate = 1e-4
    let ensembles = Bool.random(using: &generator)
    config.actionStepCount = ensembles ? 1 : int(1...config.chunkSize)
    config.temporalEnsembleCoefficient =
      ensembles ? Double.random(in: -0.5...0.5, using: &generator) : nil
    for camera in 0..<cameras {
      config.common.inputFeatures["observation.images.\(camera)"] = PolicyFeature(
        type: .visual, shape: [3, int(32...70), int(32...70)])
    }
    if Bool.random(using: &generator) {
      config.common.inputFeatures["observation.state"] = PolicyFeature(
        type: .state, shape: [int(1...4)])
    }
    if cameras == 0 || Bool.random(using: &generator) {
      config.common.inputFeatures["observation.environment_state"] = PolicyFeature(
        type: .environment, shape: [int(1...4)])
    }
    config.common.outputFeatures["action"] = PolicyFeature(type: .action, shape: [int(1...4)])
    return config
  }
}

extension Batch {
  /// Features uniform in −1…1; each sample ends anywhere in its chunk.
  package static func random(
    _ config: ACTConfig, size: Int, using generator: inout some RandomNumberGenerator
  ) -> Batch {
    func tensor(_ shape: [Int]) -> HostTensor {
      Reference.Tensor.random(shape, using: &generator).float64
    }
    var batch = Batch()
    for (key, feature) in config.common.inputFeatures {
      batch[key] = tensor([size] + feature.shape)
    }
    let width = config.common.outputFeatures["action"]?.shape[0] ?? 1
    batch["action"] = tensor([size, config.chunkSize, width])
    let isPadding = (0..<size).flatMap { _ in
      let length = Int.random(in: 1...config.chunkSize, using: &generator)
      return (0..<config.chunkSize).map { $0 >= length }
    }
    batch["action_is_pad"] = HostTensor(isPadding, shape: [size, config.chunkSize])
    return batch
  }
}

extension OptimizerConfig {
  /// Any optimizer with random options.
  package static func random(using generator: inout some RandomNumberGenerator) -> OptimizerConfig {
    func number(_ range: ClosedRange<Double>) -> Double {
      Double.random(in: range, using: &generator)
    }
    var adam = AdamOptions(weightDecay: number(0...0.2))
    adam.learningRate = number(1e-4...1e-2)
    adam.beta1 = number(0...0.95)
    adam.beta2 = number(0.5...0.999)
    adam.epsilon = number(1e-8...1e-4)
    adam.gradientClipNorm = number(0...1)
    var sgd = SGDOptions()
    sgd.learningRate = number(1e-4...1e-2)
    sgd.nesterov = Bool.random(using: &generator)
    sgd.momentum = sgd.nesterov || Bool.random(using: &generator) ? number(0.1...0.9) : 0
    sgd.dampening = sgd.nesterov ? 0 : number(0...0.5)
    sgd.weightDecay = number(0...0.2)
    sgd.gradientClipNorm = number(0...1)
    var several = MultiAdamOptions()
    several.learningRate = number(1e-4...1e-2)
    several.weightDecay = number(0...0.2)
    if Bool.random(using: &generator) {
      several.groups = [
        "default": [
          "eps": .double(number(1e-6...1e-3)), "weight_decay": .double(number(0...0.2)),
          "betas": .array([.double(number(0...0.9)), .double(number(0.5...0.99))]),
        ]
      ]
    }
    return [.adam(adam), .adamW(adam), .sgd(sgd), .multiAdam(several)]
      .randomElement(using: &generator) ?? .adamW(adam)
  }
}

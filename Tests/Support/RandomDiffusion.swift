import LeRobotCore
import Reference

extension PolicyQuestion {
  /// A Diffusion Policy with random widths, branches, weights, batch, draws and optimizer.
  package static func randomDiffusion(seed: UInt64, cameras: Int = 0) -> PolicyQuestion {
    var generator = SplitMix64(seed: seed)
    let config = DiffusionConfig.random(cameras: cameras, using: &generator)
    let batchSize = Int.random(in: cameras > 0 ? 2...2 : 1...3, using: &generator)
    return PolicyQuestion(
      config: PolicyConfig(config), optimizer: .random(using: &generator),
      batch: .random(config, size: batchSize, using: &generator), draws: .seeded(seed), steps: 3,
      observations: (0..<4).map { _ in
        .randomObservation(config, leading: [batchSize], using: &generator)
      },
      weights: { .filled($0, seed: seed) })
  }
}

extension DiffusionConfig {
  /// Tiny widths; every branch taken half of the time. Groups of a norm have two channels or more:
  /// with one, the bias before the norm changes nothing, and its gradient is rounding alone.
  package static func random(
    cameras: Int, using generator: inout some RandomNumberGenerator
  ) -> DiffusionConfig {
    func int(_ range: ClosedRange<Int>) -> Int { Int.random(in: range, using: &generator) }
    func coin() -> Bool { Bool.random(using: &generator) }
    var config = DiffusionConfig()
    config.observationStepCount = cameras > 0 ? cameras : int(1...3)
    config.groupCount = 1 << int(0...2)
    let stages = cameras > 0 ? 1 : int(1...3)
    config.downWidths = [8 * int(2...3)] + (1..<stages).map { _ in config.groupCount * int(2...4) }
    config.horizon = max(4, (1 << stages) * int(1...2))
    config.actionStepCount = int(1...3)
    config.kernelSize = 2 * int(0...2) + 1
    config.stepEmbeddingWidth = 2 * int(2...4)
    config.usesScaleModulation = coin()
    config.noiseScheduler = coin() ? "DDPM" : "DDIM"
    let schedules = BetaSchedule.known(to: config.noiseScheduler).map(\.rawValue)
    config.betaSchedule = schedules.randomElement(using: &generator) ?? config.betaSchedule
    config.predictionType = coin() ? "epsilon" : "sample"
    config.trainingTimestepCount = int(2...12)
    config.inferenceStepCount = coin() ? nil : int(1...config.trainingTimestepCount)
    config.clipsSample = coin()
    config.clipRange = Double.random(in: 0.5...2, using: &generator)
    config.masksPaddingLoss = coin()
    config.takePictures(cameras, using: &generator)
    config.common.inputFeatures["observation.state"] = PolicyFeature(
      type: .state, shape: [int(1...4)])
    if cameras == 0 || coin() {
      config.common.inputFeatures["observation.environment_state"] = PolicyFeature(
        type: .environment, shape: [int(1...4)])
    }
    config.common.outputFeatures["action"] = PolicyFeature(type: .action, shape: [int(1...4)])
    return config
  }

  /// Cameras of one size, and what is done with their pictures.
  private mutating func takePictures(
    _ cameras: Int, using generator: inout some RandomNumberGenerator
  ) {
    keypointCount = Int.random(in: 1...3, using: &generator)
    usesGroupNorm = Bool.random(using: &generator)
    usesEncoderPerCamera = Bool.random(using: &generator)
    cropsRandomly = Bool.random(using: &generator)
    let size = (0..<2).map { _ in Int.random(in: 36...44, using: &generator) }
    cropShape =
      Bool.random(using: &generator) ? nil : ImageSize(height: size[0] - 3, width: size[1] - 2)
    for camera in 0..<cameras {
      common.inputFeatures["observation.images.\(camera)"] = PolicyFeature(
        type: .visual, shape: [3] + size)
    }
  }
}

extension Batch {
  /// Observations and actions uniform in −1…1; each sample ends anywhere in its horizon.
  package static func random(
    _ config: DiffusionConfig, size: Int, using generator: inout some RandomNumberGenerator
  ) -> Batch {
    var batch = Batch.randomObservation(
      config, leading: [size, config.observationStepCount], using: &generator)
    let width = config.common.outputFeatures["action"]?.shape[0] ?? 1
    batch["action"] =
      Reference.Tensor.random([size, config.horizon, width], using: &generator)
      .float64
    let isPadding = (0..<size).flatMap { _ in
      let length = Int.random(in: 1...config.horizon, using: &generator)
      return (0..<config.horizon).map { $0 >= length }
    }
    batch["action_is_pad"] = HostTensor(isPadding, shape: [size, config.horizon])
    return batch
  }

  /// Features uniform in −1…1, each behind the leading axes.
  static func randomObservation(
    _ config: DiffusionConfig, leading: [Int], using generator: inout some RandomNumberGenerator
  ) -> Batch {
    var batch = Batch()
    for (key, feature) in config.common.inputFeatures {
      batch[key] = Reference.Tensor.random(leading + feature.shape, using: &generator).float64
    }
    return batch
  }
}

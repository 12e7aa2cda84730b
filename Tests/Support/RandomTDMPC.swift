import LeRobotCore
import Reference

extension PolicyQuestion {
  /// A TD-MPC with random widths, branches, weights, batch, draws and optimizer.
  package static func randomTDMPC(seed: UInt64, hasCamera: Bool = false) -> PolicyQuestion {
    var generator = SplitMix64(seed: seed)
    let config = TDMPCConfig.random(hasCamera: hasCamera, using: &generator)
    let batchSize = Int.random(in: 1...3, using: &generator)
    return PolicyQuestion(
      config: PolicyConfig(config), optimizer: .random(using: &generator),
      batch: .random(config, size: batchSize, using: &generator), draws: .seeded(seed), steps: 3,
      observations: (0..<4).map { _ in
        .randomObservation(config, leading: [batchSize], using: &generator)
      },
      weights: { .filled($0, seed: seed) })
  }
}

extension TDMPCConfig {
  /// Tiny widths; every branch taken half of the time.
  package static func random(
    hasCamera: Bool, using generator: inout some RandomNumberGenerator
  ) -> TDMPCConfig {
    func int(_ range: ClosedRange<Int>) -> Int { Int.random(in: range, using: &generator) }
    func number(_ range: ClosedRange<Double>) -> Double {
      Double.random(in: range, using: &generator)
    }
    func coin() -> Bool { Bool.random(using: &generator) }
    var config = TDMPCConfig()
    config.horizon = int(1...4)
    (config.latentWidth, config.mlpWidth) = (int(3...6), int(3...8))
    (config.stateEncoderWidth, config.imageEncoderWidth) = (int(1...5), int(1...3))
    config.ensembleSize = int(1...5)
    config.usesPlanning = coin() || coin()
    config.planningIterationCount = int(1...3)
    (config.gaussianSampleCount, config.policySampleCount) = (int(2...9), int(0...4))
    config.eliteCount = int(1...2 + config.policySampleCount)
    config.uncertaintyCoefficient = config.ensembleSize > 1 && coin() ? number(0...2) : 0
    // Large enough, at times, for samples outside ±1.
    config.minimumDeviation = coin() ? 0 : number(0.01...1)
    config.maximumDeviation = number(1...2)
    config.actionRepeatCount = int(1...3)
    if config.actionRepeatCount == 1, config.usesPlanning {
      config.actionStepCount = int(1...config.horizon)
    }
    config.maximumShiftRatio = coin() ? 0 : number(0.01...0.1)
    (config.discount, config.temporalDecay) = (number(0.5...1), number(0.2...1))
    (config.expectileWeight, config.targetMomentum) = (number(0.5...1), number(0.5...1))
    (config.meanMomentum, config.eliteTemperature) = (number(0...0.5), number(0.1...2))
    (config.rewardCoefficient, config.valueCoefficient) = (number(0.1...1), number(0.1...1))
    (config.consistencyCoefficient, config.policyCoefficient) = (number(0.5...20), number(0.1...1))
    config.advantageScaling = number(0.5...5)
    if hasCamera {
      let side = int(39...44)
      config.common.inputFeatures[coin() ? shiftedCamera : "observation.images.top"] =
        PolicyFeature(type: .visual, shape: [3, side, side])
    }
    config.common.inputFeatures["observation.state"] = PolicyFeature(
      type: .state, shape: [int(1...4)])
    if !hasCamera || coin() {
      config.common.inputFeatures["observation.environment_state"] = PolicyFeature(
        type: .environment, shape: [int(1...4)])
    }
    config.common.outputFeatures["action"] = PolicyFeature(type: .action, shape: [int(1...4)])
    return config
  }
}

extension Batch {
  /// Observations, actions and rewards uniform in −1…1; each sample ends anywhere in its horizon.
  package static func random(
    _ config: TDMPCConfig, size: Int, using generator: inout some RandomNumberGenerator
  ) -> Batch {
    let horizon = config.horizon
    var batch = Batch.randomObservation(config, leading: [size, horizon + 1], using: &generator)
    func tensor(_ shape: [Int]) -> HostTensor {
      Reference.Tensor.random(shape, using: &generator).float64
    }
    batch["action"] = tensor([size, horizon, config.common.outputFeatures["action"]?.shape[0] ?? 1])
    batch["next.reward"] = tensor([size, horizon])
    let lengths = (0..<size).map { _ in Int.random(in: 1...horizon + 1, using: &generator) }
    func padding(_ count: Int) -> HostTensor {
      HostTensor(
        lengths.flatMap { length in (0..<count).map { $0 >= length } }, shape: [size, count])
    }
    batch["observation.state_is_pad"] = padding(horizon + 1)
    batch["action_is_pad"] = padding(horizon)
    batch["next.reward_is_pad"] = padding(horizon)
    return batch
  }

  /// Features uniform in −1…1, each behind the leading axes.
  package static func randomObservation(
    _ config: TDMPCConfig, leading: [Int], using generator: inout some RandomNumberGenerator
  ) -> Batch {
    var batch = Batch()
    for (key, feature) in config.common.inputFeatures {
      batch[key] = Reference.Tensor.random(leading + feature.shape, using: &generator).float64
    }
    return batch
  }
}

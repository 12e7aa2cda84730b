import LeRobotCore
import Reference
import Support
import Testing

@Suite struct DiffusionPropertyTests {
  /// A small Diffusion Policy that sees the environment's state.
  private func config(_ change: (inout DiffusionConfig) -> Void = { _ in }) -> DiffusionConfig {
    var config = DiffusionConfig()
    config.common.inputFeatures = [
      "observation.state": PolicyFeature(type: .state, shape: [2]),
      "observation.environment_state": PolicyFeature(type: .environment, shape: [1]),
    ]
    config.common.outputFeatures = ["action": PolicyFeature(type: .action, shape: [2])]
    config.horizon = 8
    config.actionStepCount = 3
    config.downWidths = [8]
    config.kernelSize = 3
    config.stepEmbeddingWidth = 4
    config.trainingTimestepCount = 20
    change(&config)
    return config
  }

  private func policy(_ change: (inout DiffusionConfig) -> Void = { _ in }) throws
    -> DiffusionPolicy
  {
    try DiffusionPolicy(config(change), random: SplitMixRandom(seed: 3))
  }

  private func tensor(_ shape: [Int], seed: UInt64) -> Tensor {
    var generator = SplitMix64(seed: seed)
    return .random(shape, using: &generator)
  }

  private func observation(seed: UInt64) -> Batch {
    Batch(tensors: [
      "observation.state": tensor([1, 2], seed: seed).float64,
      "observation.environment_state": tensor([1, 1], seed: seed + 100).float64,
    ])
  }

  /// Samples with a network that always answers the truth.
  private func sampled(
    _ clean: Tensor, _ scheduler: DiffusionScheduler, predictsNoise: Bool
  ) -> Tensor {
    let random = SplitMixRandom(seed: 4)
    var sample = random.normal(clean.shape, mean: 0, standardDeviation: 1)
    for step in scheduler.steps {
      let (signal, noise) = (Double(step.signalScale), Double(step.noiseScale))
      let answer = predictsNoise ? (sample - signal * clean) / noise : clean
      sample = scheduler.denoised(sample, predicted: answer, step, random: random)
    }
    return sample
  }

  @Test(arguments: ["DDPM", "DDIM"], ["epsilon", "sample"])
  func aNetworkThatKnowsTheActionsSamplesThem(scheduler: String, prediction: String) throws {
    for count in [1, 7, 20] {
      let model = try policy {
        $0.noiseScheduler = scheduler
        $0.predictionType = prediction
        $0.inferenceStepCount = count
      }.model
      let clean = tensor([2, 8, 2], seed: 5)
      let found = sampled(clean, model.scheduler, predictsNoise: prediction == "epsilon")
      // The coefficients are float32.
      #expect(mismatch(clean, found, relative: 1e-5) == nil, "\(count) steps")
    }
  }

  @Test func clippingKeepsTheSampleWithinItsRange() throws {
    let model = try policy { $0.clipRange = 0.25 }.model
    let found = sampled(tensor([2, 8, 2], seed: 5), model.scheduler, predictsNoise: true)
    #expect((found.elements.map(abs).max() ?? 1) <= 0.25 + 1e-6)
  }

  @Test func noiseReplacesTheSignalAndKeepsTheVariance() throws {
    let scheduler = try policy().model.scheduler
    let one = Tensor.ones([20, 1, 1])
    let timesteps = Tensor((0..<20).map(Double.init), shape: [20])
    let signal = scheduler.noisy(one, noise: .zeros([20, 1, 1]), timesteps: timesteps)
    let noise = scheduler.noisy(.zeros([20, 1, 1]), noise: one, timesteps: timesteps)
    #expect(mismatch(one, signal * signal + noise * noise, relative: 1e-14) == nil)
    for t in 1..<20 { #expect(signal.elements[t] < signal.elements[t - 1]) }
  }

  @Test func paddedActionsAreMaskedWhereAsked() throws {
    func gradient(masks: Bool) throws -> [Double] {
      let policy = try policy { $0.masksPaddingLoss = masks }
      func loss(_ last: Double) -> Double {
        var actions = tensor([1, 8, 2], seed: 6).elements
        actions[15] = last
        var batch = Batch(tensors: [
          "observation.state": tensor([1, 2, 2], seed: 7).float64,
          "observation.environment_state": tensor([1, 2, 1], seed: 8).float64,
          "action": HostTensor(actions, shape: [1, 8, 2]),
        ])
        batch["action_is_pad"] = HostTensor((0..<8).map { $0 > 5 }, shape: [1, 8])
        return policy.loss(policy.inputs(batch), .train(SplitMixRandom(seed: 9))).total.value.scalar
      }
      return [loss(0.2), loss(0.3)]
    }
    let open = try gradient(masks: false)
    let masked = try gradient(masks: true)
    #expect(open[0] != open[1] && masked[0] < open[0])
  }

  @Test func aChunkIsUsedUpBeforeTheNextIsSampled() throws {
    let policy = try policy()
    let random = CountingRandom()
    for seed in 0..<7 as Range<UInt64> {
      _ = policy.selectAction(policy.inputs(observation(seed: seed)), .evaluate(random))
    }
    // Three chunks of three actions; each draws the first sample and the noise of 19 steps.
    #expect(random.shapes == Array(repeating: [1, 8, 2], count: 3 * 20))
    policy.reset()
    _ = policy.selectAction(policy.inputs(observation(seed: 0)), .evaluate(random))
    #expect(random.shapes.count == 4 * 20)
  }

  @Test func theHistoryHoldsTheLastObservations() throws {
    let policy = try policy { $0.actionStepCount = 1 }
    let seen = { (seeds: [UInt64]) -> [String: Tensor] in
      [
        "observation.state": .concatenated(
          seeds.map { self.tensor([1, 2], seed: $0).reshaped([1, 1, 2]) }, axis: 1),
        "observation.environment_state": .concatenated(
          seeds.map { self.tensor([1, 1], seed: $0 + 100).reshaped([1, 1, 1]) }, axis: 1),
      ]
    }
    func expected(_ seeds: [UInt64]) -> Tensor {
      policy.predictActionChunk(seen(seeds), .evaluate(SplitMixRandom(seed: 1))).reshaped([1, 2])
    }
    let found = [1, 2, 3].map {
      policy.selectAction(policy.inputs(observation(seed: $0)), .evaluate(SplitMixRandom(seed: 1)))
    }
    #expect(found == [expected([1, 1]), expected([1, 2]), expected([2, 3])])
  }

  @Test func gradientsOfTheLossMatchFiniteDifferences() throws {
    let unet = try policy { $0.downWidths = [8, 16] }.model.unet
    let condition = tensor([1, 6], seed: 11)
    let timesteps = Tensor([3], shape: [1])
    let message = gradientMismatch(at: [tensor([1, 8, 2], seed: 12), condition], seed: 13) {
      unet($0[0], timesteps: timesteps, condition: $0[1])
    }
    #expect(message == nil)
  }

  @Test func gradientsOfKeypointsMatchFiniteDifferences() {
    let layer = SpatialSoftmax(
      inputChannels: 3, height: 2, width: 3, keypointCount: 2, random: SplitMixRandom(seed: 1))
    let message = gradientMismatch(at: [tensor([2, 3, 2, 3], seed: 14)], seed: 15) {
      layer($0[0])
    }
    #expect(message == nil)
  }

  @Test func aBrightPixelIsWhereItsKeypointIs() {
    let layer = SpatialSoftmax(
      inputChannels: 1, height: 3, width: 5, keypointCount: 1, random: SplitMixRandom(seed: 1))
    layer.projection.weight.value = .ones([1, 1, 1, 1])
    var map = Array(repeating: 0.0, count: 15)
    map[5 * 2 + 1] = 1000
    let keypoint = layer(Variable(Tensor(map, shape: [1, 1, 3, 5]))).value
    #expect(keypoint == Tensor([-0.5, 1], shape: [1, 1, 2]))
  }

  @Test func parametersCarryLeRobotsNames() throws {
    let names = try policy { $0.downWidths = [8, 16] }.parameters.keys
    #expect(names.first == "diffusion.unet.diffusion_step_encoder.1.weight")
    #expect(names.contains("diffusion.unet.down_modules.0.2.weight"))
    #expect(!names.contains("diffusion.unet.down_modules.1.2.weight"))
    #expect(names.contains("diffusion.unet.up_modules.0.0.residual_conv.weight"))
    #expect(names.last == "diffusion.unet.final_conv.1.bias")
  }
}

/// Draws zeros and remembers the shapes of normal draws.
private final class CountingRandom: RandomSource {
  private(set) var shapes: [[Int]] = []
  func uniform(_ shape: [Int], from: Double, to: Double) -> Tensor { .zeros(shape) }
  func normal(_ shape: [Int], mean: Double, standardDeviation: Double) -> Tensor {
    shapes.append(shape)
    return .zeros(shape)
  }
  func bernoulli(_ shape: [Int], probability: Double) -> Tensor { .ones(shape) }
  func exponential(_ shape: [Int]) -> Tensor { .ones(shape) }
  func beta(_ shape: [Int], _ a: Double, _ b: Double) -> Tensor { .ones(shape) }
  func choices(_ count: Int, below bound: Int) -> [Int] { Array(repeating: 0, count: count) }
  func integers(_ shape: [Int], below bound: Int) -> Tensor { .zeros(shape) }
  func preservingState<Result>(_ body: () throws -> Result) throws -> Result { try body() }
}

import Foundation
import LeRobotCore
import Reference
import Support
import Testing

@Suite struct PIPropertyTests {
  private func tensor(_ shape: [Int], seed: UInt64) -> Tensor {
    var generator = SplitMix64(seed: seed)
    return .random(shape, using: &generator)
  }

  /// A small policy whose models have two layers.
  private func policy<Release>(
    _ release: Release.Type, _ change: (inout PIConfig<Release>) -> Void = { _ in }
  ) throws -> PIPolicy<Release> {
    let policy = try PIPolicy(config(change), random: SplitMixRandom(seed: 9))
    var seed: UInt32 = 0
    for (name, parameter) in policy.parameters {
      parameter.value = Tensor(filled(name, parameter.value.shape, seed: seed))
      seed += 1
    }
    return policy
  }

  private func config<Release>(
    _ change: (inout PIConfig<Release>) -> Void
  ) throws -> PIConfig<Release> {
    func gemma(_ width: Int) -> JSONValue {
      [
        "width": .int(width), "depth": 2, "mlp_dim": 5, "num_heads": 2, "num_kv_heads": 1,
        "head_dim": 4,
      ]
    }
    var config = PIConfig<Release>()
    config.ownSizes = try PIOwnSizes([
      "gemma_2b": gemma(8), "gemma_300m": gemma(6), "vocab_size": 12,
      "vision": [
        "hidden_size": 4, "intermediate_size": 5, "num_hidden_layers": 1,
        "num_attention_heads": 2, "image_size": 8, "patch_size": 4,
      ],
    ])
    (config.chunkSize, config.actionStepCount, config.inferenceStepCount) = (4, 3, 3)
    (config.maximumStateWidth, config.maximumActionWidth) = (4, 4)
    config.imageResolution = ImageSize(height: 8, width: 8)
    config.common.inputFeatures = [
      "observation.images.top": PolicyFeature(type: .visual, shape: [3, 10, 12]),
      "observation.state": PolicyFeature(type: .state, shape: [3]),
    ]
    config.common.outputFeatures = ["action": PolicyFeature(type: .action, shape: [2])]
    change(&config)
    return config
  }

  /// Of two samples; the second one's text has two words of four.
  private func batch(seed: UInt64 = 1) -> [String: Tensor] {
    [
      "observation.images.top": tensor([2, 3, 10, 12], seed: seed),
      "observation.state": tensor([2, 3], seed: seed + 1),
      "action": tensor([2, 4, 2], seed: seed + 2),
      TokenizerStep.tokensKey: Tensor([1, 2, 3, 4, 5, 6, 7, 8], shape: [2, 4]),
      TokenizerStep.isTokenKey: Tensor([1, 1, 1, 1, 1, 1, 0, 0], shape: [2, 4]),
    ]
  }

  private func loss(_ policy: some Policy, _ batch: [String: Tensor]) -> Double {
    policy.loss(batch, .train(SplitMixRandom(seed: 3))).total.value.scalar
  }

  private func meanSquare(_ x: Tensor) -> Double { (x * x).sum().scalar / Double(x.count) }

  private func isClose(_ a: Double, _ b: Double) -> Bool { abs(a - b) <= 1e-12 * abs(a) }

  // MARK: Padding

  @Test func paddedTextsDoNotChangeLoss() throws {
    try expectPaddingToCountForNothing(try policy(PI0.self))
    try expectPaddingToCountForNothing(try policy(PI05.self))
  }

  private func expectPaddingToCountForNothing(_ policy: some Policy) throws {
    let expected = loss(policy, batch())
    var other = batch()
    other[TokenizerStep.tokensKey] = Tensor([1, 2, 3, 4, 5, 6, 0, 9], shape: [2, 4])
    #expect(loss(policy, other) == expected)
    // A word does.
    other[TokenizerStep.tokensKey] = Tensor([1, 2, 3, 4, 5, 0, 7, 8], shape: [2, 4])
    #expect(loss(policy, other) != expected)
    other = batch()
    for (key, value) in [(TokenizerStep.tokensKey, 3.0), (TokenizerStep.isTokenKey, 0)] {
      let more = Tensor(repeating: value, shape: [2, 5])
      other[key] = other[key].map { .concatenated([$0, more], axis: 1) }
    }
    #expect(isClose(expected, loss(policy, other)))
  }

  @Test func aCameraWithoutPicturesDoesNotChangeLoss() throws {
    let expected = loss(try policy(PI0.self), batch())
    let empty = try policy(PI0.self) {
      $0.emptyCameraCount = 2
      _ = $0.completeFeatures()
    }
    #expect(empty.batchKeys.contains("observation.images.empty_camera_1"))
    #expect(loss(empty, batch()) == expected)
    // One with pictures does.
    let key = "observation.images.empty_camera_0"
    #expect(loss(empty, batch().merging([key: tensor([2, 3, 7, 7], seed: 5)]) { $1 }) != expected)
  }

  /// Numbers that fill actions up count in the noise, not in the loss.
  @Test func onlyRealNumbersOfActionsCount() throws {
    let policy = try policy(PI0.self)
    let prefix = policy.prefix(batch())
    let (noise, time) = (tensor([2, 4, 4], seed: 6), Tensor([0.3, 0.8], shape: [2]))
    let errors = policy.model.errors(
      prefix, state: tensor([2, 4], seed: 7), actions: tensor([2, 4, 4], seed: 8), noise: noise,
      time: time)
    #expect(errors.shape == [2, 4, 4])
    // By hand for drawn noise of zeros and times of 1.
    let random = CountedNoise()
    let total = policy.loss(batch(), .train(random)).total.value.scalar
    let padded = (batch()["action"] ?? .zeros([0])).padded(before: 0, after: 2, axis: 2)
    let state = (batch()["observation.state"] ?? .zeros([0])).padded(before: 0, after: 1, axis: 1)
    let whole = policy.model.errors(
      prefix, state: state, actions: padded, noise: .zeros([2, 4, 4]),
      time: policy.model.time(batch: 2, CountedNoise())
    ).value
    #expect(isClose(total, meanSquare(whole.sliced(0..<2, axis: 2))))
    #expect(!isClose(total, meanSquare(whole)))
  }

  // MARK: Who looks at what

  @Test func actionsSeeEachOtherAndTheStateDoesNot() throws {
    let policy = try policy(PI0.self)
    let prefix = policy.prefix(batch())
    let memory = policy.model.memory(prefix)
    func suffix(_ sample: Tensor) -> Tensor {
      policy.model.expert(
        policy.model.suffix(
          Variable(sample), time: Tensor([0.3, 0.8], shape: [2]), state: tensor([2, 4], seed: 7)),
        memory: memory, isReal: prefix.isReal
      ).value
    }
    let actions = tensor([2, 4, 4], seed: 13)
    let other = Tensor.concatenated(
      [actions.sliced(0..<3, axis: 1), tensor([2, 1, 4], seed: 14)], axis: 1)
    let (a, b) = (suffix(actions), suffix(other))
    // The token of the state stays, and every action changes with the last one.
    #expect(a.sliced(0..<1, axis: 1) == b.sliced(0..<1, axis: 1))
    for i in 1..<5 { #expect(a.sliced(i..<i + 1, axis: 1) != b.sliced(i..<i + 1, axis: 1)) }
  }

  @Test func aSampleIsLookedAtAlone() throws {
    let policy = try policy(PI05.self)
    let noise = tensor([2, 4, 4], seed: 6)
    let both = policy.model.sample(policy.prefix(batch()), state: nil, noise: noise)
    for index in 0..<2 {
      let alone = policy.model.sample(
        policy.prefix(batch().mapValues { $0.sliced(index..<index + 1, axis: 0) }), state: nil,
        noise: noise.sliced(index..<index + 1, axis: 0))
      #expect(mismatch(both.sliced(index..<index + 1, axis: 0), alone, relative: 1e-12) == nil)
    }
  }

  // MARK: Pictures

  @Test func aPictureStandsInTheMiddleOfItsBorders() {
    let picture = tensor([1, 3, 4, 8], seed: 2)
    let size = ImageSize(height: 9, width: 8)
    let placed = centred(picture, in: size)
    #expect(placed.shape == [1, 3, 9, 8])
    #expect(placed.sliced(0..<2, axis: 2) == Tensor(repeating: -3, shape: [1, 3, 2, 8]))
    #expect(placed.sliced(2..<6, axis: 2) == picture * 2 - 1)
    #expect(placed.sliced(6..<9, axis: 2) == Tensor(repeating: -3, shape: [1, 3, 3, 8]))
    #expect(centred(picture, in: ImageSize(height: 4, width: 8)) == picture * 2 - 1)
  }

  // MARK: Flow

  /// From noise one step of length 1 leads to noise − v(noise, 1), for which u − v is zero.
  @Test func whatOneStepSamplesHasNoErrorAtPureNoise() throws {
    let policy = try policy(PI05.self) { $0.inferenceStepCount = 1 }
    let prefix = policy.prefix(batch())
    let noise = tensor([2, 4, 4], seed: 15)
    let actions = policy.model.sample(prefix, state: nil, noise: noise)
    func error(_ time: Double) -> Double {
      policy.model.errors(
        prefix, state: nil, actions: actions, noise: noise,
        time: Tensor(repeating: time, shape: [2])
      ).squared().mean().value.scalar
    }
    #expect(error(1) < 1e-28 && error(0.5) > 1e-4)
  }

  @Test func aChunkIsUsedUpBeforeTheNextIsSampled() throws {
    let policy = try policy(PI0.self)
    let random = CountedNoise()
    let pass = Pass.evaluate(random)
    for seed in 0..<7 as Range<UInt64> { _ = policy.selectAction(batch(seed: seed), pass) }
    #expect(random.shapes == Array(repeating: [2, 4, 4], count: 3))
    policy.reset()
    #expect(policy.selectAction(batch(), pass).shape == [2, 2])
    #expect(random.shapes.count == 4)
  }

  // MARK: What is trained

  @Test(arguments: [false, true], [false, true])
  func aFrozenParameterHasNoGradient(expertOnly: Bool, freezesTower: Bool) throws {
    let policy = try policy(PI05.self) {
      ($0.trainsExpertOnly, $0.freezesVisionEncoder) = (expertOnly, freezesTower)
    }
    let loss = policy.loss(batch(), .train(SplitMixRandom(seed: 3))).total
    let names = Array(policy.parameters.keys)
    let found = gradients(of: loss, withRespectTo: policy.parameters.values.map(\.variable))
    let models = "model.paligemma_with_expert."
    for (name, gradient) in zip(names, found) {
      let isOfModel = name.hasPrefix("\(models)paligemma.")
      let isFrozen =
        name == "\(models)gemma_expert.lm_head.weight" || expertOnly && isOfModel
        || freezesTower && name.contains("vision_tower")
      #expect(policy.parameters[name]?.isTrained == !isFrozen, "\(name)")
      let end = ["q_proj", "o_proj", "mlp.", "post_attention"].contains { name.contains($0) }
      let isUnused =
        name == "\(models)paligemma.model.language_model.norm.weight"
        || name.hasPrefix("\(models)paligemma.model.language_model.layers.1.") && end
      #expect((gradient == nil) == (isFrozen || isUnused), "\(name)")
    }
  }

  @Test func gradientsMatchFiniteDifferences() throws {
    let policy = try policy(PI05.self)
    let prefix = policy.prefix(batch())
    let time = Tensor([0.3, 0.8], shape: [2])
    let message = gradientMismatch(at: [tensor([2, 4, 4], seed: 17)], seed: 18) {
      policy.model.velocity(
        $0[0], time: time, state: nil, memory: policy.model.memory(prefix), isReal: prefix.isReal)
    }
    #expect(message == nil)
  }
}

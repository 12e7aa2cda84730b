import Foundation
import LeRobotCore
import Reference
import Support
import Testing

@Suite struct SmolVLAPropertyTests {
  private func tensor(_ shape: [Int], seed: UInt64) -> Tensor {
    var generator = SplitMix64(seed: seed)
    return .random(shape, using: &generator)
  }

  /// A small SmolVLA whose model has two layers, in the first of which all tokens attend together.
  private func policy(_ change: (inout SmolVLAConfig) -> Void = { _ in }) throws -> SmolVLAPolicy {
    let policy = try SmolVLAPolicy(config(change), random: SplitMixRandom(seed: 9))
    var seed: UInt32 = 0
    for (name, parameter) in policy.parameters {
      parameter.value = Tensor(filled(name, parameter.value.shape, seed: seed))
      seed += 1
    }
    return policy
  }

  private func config(_ change: (inout SmolVLAConfig) -> Void = { _ in }) throws -> SmolVLAConfig {
    let json = SmolVLMConfig.json(
      text: [
        "hidden_size": 8, "num_hidden_layers": 2, "num_attention_heads": 2,
        "num_key_value_heads": 1, "head_dim": 4, "intermediate_size": 5, "vocab_size": 12,
      ],
      vision: [
        "hidden_size": 4, "num_hidden_layers": 1, "num_attention_heads": 2, "intermediate_size": 5,
        "patch_size": 4, "image_size": 16,
      ], factor: 2)
    var config = SmolVLAConfig()
    config.parts = SmolVLAParts(
      model: try SmolVLMConfig(json, file: "config.json"), fakeToken: 11, globalToken: 10)
    (config.chunkSize, config.actionStepCount, config.denoisingStepCount) = (4, 3, 3)
    (config.maximumStateWidth, config.maximumActionWidth) = (4, 4)
    config.paddedImageSize = ImageSize(height: 16, width: 16)
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

  private func loss(_ policy: SmolVLAPolicy, _ batch: [String: Tensor]) -> Double {
    policy.loss(batch, .train(SplitMixRandom(seed: 3))).total.value.scalar
  }

  /// One sample of a batch.
  private func sample(_ index: Int, of batch: [String: Tensor]) -> [String: Tensor] {
    batch.mapValues { $0.sliced(index..<index + 1, axis: 0) }
  }

  private func isClose(_ a: Double, _ b: Double) -> Bool { abs(a - b) <= 1e-12 * abs(a) }

  // MARK: Padding

  @Test(arguments: ["cross_attn", "self_attn"])
  func paddedTextsDoNotChangeLoss(mode: String) throws {
    let policy = try policy { $0.attentionMode = mode }
    let expected = loss(policy, batch())
    var other = batch()
    other[TokenizerStep.tokensKey] = Tensor([1, 2, 3, 4, 5, 6, 0, 9], shape: [2, 4])
    #expect(loss(policy, other) == expected)
    // A word does.
    other[TokenizerStep.tokensKey] = Tensor([1, 2, 3, 4, 5, 0, 7, 8], shape: [2, 4])
    #expect(loss(policy, other) != expected)
  }

  @Test(arguments: ["cross_attn", "self_attn"])
  func columnsOfPaddingDoNotChangeLoss(mode: String) throws {
    let policy = try policy { $0.attentionMode = mode }
    var other = batch()
    for (key, value) in [(TokenizerStep.tokensKey, 3.0), (TokenizerStep.isTokenKey, 0)] {
      let more = Tensor(repeating: value, shape: [2, 5])
      other[key] = other[key].map { .concatenated([$0, more], axis: 1) }
    }
    #expect(isClose(loss(policy, batch()), loss(policy, other)))
  }

  @Test func aCameraWithoutPicturesDoesNotChangeLoss() throws {
    let expected = loss(try policy(), batch())
    let empty = try policy {
      $0.emptyCameraCount = 2
      _ = $0.completeFeatures()
    }
    #expect(empty.batchKeys.contains("observation.images.empty_camera_1"))
    #expect(loss(empty, batch()) == expected)
    // One with pictures does.
    let key = "observation.images.empty_camera_0"
    #expect(loss(empty, batch().merging([key: tensor([2, 3, 7, 7], seed: 5)]) { $1 }) != expected)
  }

  @Test func aSampleIsLookedAtAlone() throws {
    let policy = try policy()
    let noise = tensor([2, 4, 4], seed: 6)
    let both = policy.model.sample(policy.prefix(batch()), noise: noise)
    for index in 0..<2 {
      let alone = policy.model.sample(
        policy.prefix(sample(index, of: batch())),
        noise: noise.sliced(index..<index + 1, axis: 0))
      #expect(mismatch(both.sliced(index..<index + 1, axis: 0), alone, relative: 1e-12) == nil)
    }
  }

  @Test func theLastOfSeveralObservationsCounts() throws {
    let policy = try policy()
    var other = batch()
    for key in ["observation.state", "observation.images.top"] {
      let present = try #require(other[key])
      let past = tensor(present.shape, seed: 8)
      other[key] = .concatenated(
        [past, present].map { $0.reshaped([2, 1] + $0.shape.dropFirst()) }, axis: 1)
    }
    #expect(loss(policy, other) == loss(policy, batch()))
  }

  // MARK: Who looks at what

  @Test func picturesAndTextDoNotSeeTheState() throws {
    let policy = try policy()
    // Padding sees nothing, and gets the mean of all values.
    var whole = batch()
    whole[TokenizerStep.isTokenKey] = .ones([2, 4])
    let other = whole.merging(["observation.state": tensor([2, 3], seed: 12)]) { $1 }
    let memories = [whole, other].map { policy.model.memory(policy.prefix($0)) }
    let count = policy.prefix(batch()).tokens.size(1)
    for (a, b) in zip(memories[0], memories[1]) {
      let (x, y) = (a.value.value, b.value.value)
      #expect(x.sliced(0..<count - 1, axis: 1) == y.sliced(0..<count - 1, axis: 1))
      #expect(x.sliced(count - 1..<count, axis: 1) != y.sliced(count - 1..<count, axis: 1))
    }
  }

  /// In layers of cross attention alone no action sees another.
  @Test(arguments: [("self_attn", 2), ("cross_attn", 2), ("cross_attn", -1)])
  func laterActionsAreNotSeen(mode: String, interval: Int) throws {
    let policy = try policy { ($0.attentionMode, $0.selfAttentionInterval) = (mode, interval) }
    let prefix = policy.prefix(batch())
    let view = policy.model.view(prefix)
    func velocity(_ sample: Tensor) -> Tensor {
      policy.model.velocity(
        Variable(sample), time: Tensor([0.3, 0.8], shape: [2]), view
      ).value
    }
    let actions = tensor([2, 4, 4], seed: 13)
    let (first, last) = (actions.sliced(0..<2, axis: 1), actions.sliced(2..<4, axis: 1))
    let other = tensor([2, 2, 4], seed: 14)
    let all = velocity(actions)
    let early = velocity(.concatenated([first, other], axis: 1))
    let late = velocity(.concatenated([other, last], axis: 1))
    #expect(all.sliced(0..<2, axis: 1) == early.sliced(0..<2, axis: 1))
    #expect(all.sliced(2..<4, axis: 1) != early.sliced(2..<4, axis: 1))
    #expect((all.sliced(2..<4, axis: 1) == late.sliced(2..<4, axis: 1)) == (interval < 0))
  }

  // MARK: Flow

  /// From noise one step of length 1 leads to noise − v(noise, 1), for which u − v is zero.
  @Test func whatOneStepSamplesHasNoLossAtPureNoise() throws {
    let policy = try policy { $0.denoisingStepCount = 1 }
    let prefix = policy.prefix(batch())
    let noise = tensor([2, 4, 4], seed: 15)
    let actions = policy.model.sample(prefix, noise: noise)
    func loss(_ time: Double) -> Double {
      policy.model.loss(
        prefix, actions: actions, noise: noise, time: Tensor(repeating: time, shape: [2])
      ).value.scalar
    }
    #expect(loss(1) < 1e-28 && loss(0.5) > 1e-4)
  }

  /// The prefix is computed once for all steps; here it is computed before each.
  @Test func samplingFollowsTheVelocityFromNoise() throws {
    let policy = try policy { $0.denoisingStepCount = 4 }
    let noise = tensor([2, 4, 4], seed: 16)
    var x = noise
    for step in 0..<4 {
      let prefix = policy.prefix(batch())
      let time = Tensor(repeating: 1 - Double(step) / 4, shape: [2])
      let velocity = policy.model.velocity(
        Variable(x), time: time, policy.model.view(prefix))
      x = x - 0.25 * velocity.value
    }
    let sampled = policy.model.sample(policy.prefix(batch()), noise: noise)
    #expect(mismatch(x, sampled, relative: 1e-12) == nil)
  }

  @Test func timesAreBetweenActionsAndNoise() throws {
    let model = try policy().model
    let times = model.time(batch: 4000, TorchRandom(TorchGenerator(seed: 5)))
    #expect(times.elements.allSatisfy { $0 > 0.001 && $0 <= 1 })
    // Of 0.001 + 0.999 · 1.5/2.5.
    #expect(abs(times.sum().scalar / 4000 - 0.6004) < 0.02)
  }

  @Test func aChunkIsUsedUpBeforeTheNextIsSampled() throws {
    let policy = try policy()
    let random = CountedNoise()
    let pass = Pass.evaluate(random)
    for seed in 0..<7 as Range<UInt64> { _ = policy.selectAction(batch(seed: seed), pass) }
    #expect(random.shapes == Array(repeating: [2, 4, 4], count: 3))
    policy.reset()
    #expect(policy.selectAction(batch(), pass).shape == [2, 2])
    #expect(random.shapes.count == 4)
  }

  // MARK: What is trained

  /// A trained parameter has no gradient where nothing depends on it: the last layer ends in keys and values.
  @Test(arguments: [false, true], [false, true])
  func aFrozenParameterHasNoGradient(expertOnly: Bool, freezesTower: Bool) throws {
    let policy = try policy {
      ($0.trainsExpertOnly, $0.freezesVisionEncoder) = (expertOnly, freezesTower)
      $0.trainsStateProjection = freezesTower
    }
    let loss = policy.loss(batch(), .train(SplitMixRandom(seed: 3))).total
    let names = Array(policy.parameters.keys)
    let found = gradients(of: loss, withRespectTo: policy.parameters.values.map(\.variable))
    let model = "model.vlm_with_expert.vlm."
    for (name, gradient) in zip(names, found) {
      let isOfModel = name.hasPrefix(model)
      let isFrozen =
        name.contains("lm_head") || expertOnly && isOfModel
        || freezesTower && name.contains("vision_model")
        || !freezesTower && name.contains("state_proj")
      #expect(policy.parameters[name]?.isTrained == !isFrozen, "\(name)")
      let end = ["q_proj", "o_proj", "mlp.", "post_attention"].contains { name.contains($0) }
      let isUnused =
        name == "\(model)model.text_model.norm.weight"
        || name.hasPrefix("\(model)model.text_model.layers.1.") && end
      #expect((gradient == nil) == (isFrozen || isUnused), "\(name)")
    }
  }

  @Test func gradientsMatchFiniteDifferences() throws {
    let policy = try policy()
    let prefix = policy.prefix(batch())
    let time = Tensor([0.3, 0.8], shape: [2])
    let message = gradientMismatch(at: [tensor([2, 4, 4], seed: 17)], seed: 18) {
      policy.model.velocity(
        $0[0], time: time, policy.model.view(prefix))
    }
    #expect(message == nil)
  }
}

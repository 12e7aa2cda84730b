import Foundation
import LeRobotCore
import Reference
import Support
import Testing

@Suite struct VQBeTPropertyTests {
  private let codebook = VQBeTCodebook(count: 3, width: 2, random: SplitMixRandom(seed: 1))

  private func tensor(_ shape: [Int], seed: UInt64) -> Tensor {
    var generator = SplitMix64(seed: seed)
    return .random(shape, using: &generator)
  }

  // MARK: Codes

  @Test func theNearestCodeIsChosen() {
    codebook.codes.value = Tensor([0, 0, 1, 0, 0, 3], shape: [1, 3, 2])
    let residual = Tensor([0.1, 0.2, 0.9, -0.4, -1, 4, 0.5, 0], shape: [4, 2])
    // The first of two that are as near.
    #expect(codebook.nearest(residual) == Tensor([0, 1, 2, 0], shape: [4]))
    #expect(codebook.vectors(Tensor([2, 0], shape: [2])) == Tensor([0, 3, 0, 0], shape: [2, 2]))
  }

  /// Rounding may make the square of a distance negative, and its root no number.
  @Test func aCodeThatIsHitExactlyIsChosen() {
    for seed in 0..<200 as Range<UInt64> {
      let codes = tensor([1, 3, 2], seed: seed)
      codebook.codes.value = codes
      for code in 0..<3 {
        let residual = codes.sliced(code..<code + 1, axis: 1).reshaped([1, 2])
        #expect(codebook.nearest(residual).elements == [Double(code)])
      }
    }
    #expect(Tensor([1, .nan, 2], shape: [1, 3]).argmax().elements == [1])
    #expect(Tensor([1, .nan, .nan], shape: [1, 3]).argmax().elements == [1])
  }

  private func follow(_ residual: Tensor, _ indices: Tensor) {
    let sums = codebook.batchSums(residual, indices)
    codebook.follow(counts: sums[0], sums: sums[1])
  }

  @Test func codesBecomeTheMeanOfWhatIsNearThem() {
    codebook.codes.value = Tensor([0, 0, 1, 0, 0, 3], shape: [1, 3, 2])
    codebook.sums.value = .zeros([1, 3, 2])
    codebook.counts.value = .zeros([1, 3])
    let residual = Tensor([0.1, 0.2, 0.3, -0.2, 0.9, -0.4, -1, 4], shape: [4, 2])
    for _ in 0..<200 { follow(residual, Tensor([0, 0, 1, 2], shape: [4])) }
    let means = Tensor([0.2, 0, 0.9, -0.4, -1, 4], shape: [1, 3, 2])
    #expect(mismatch(means, codebook.codes.value, relative: 1e-4) == nil)
    #expect(
      mismatch(Tensor([2, 1, 1], shape: [1, 3]), codebook.counts.value, relative: 1e-9) == nil)
  }

  /// Q-VQBET-2.
  @Test func aCodeThatNothingHitIsFarAwayAtFirst() {
    codebook.codes.value = Tensor([0, 0, 1, 0, 0, 3], shape: [1, 3, 2])
    codebook.sums.value = codebook.codes.value
    follow(Tensor([0.1, 0.1], shape: [1, 2]), Tensor([0], shape: [1]))
    #expect(codebook.codes.value.elements[5] > 1e4)
  }

  /// Q-VQBET-6.
  @Test func theGradientGoesStraightThroughBothLayers() throws {
    let quantizer = try policy().model.heads.quantizer
    let z = Variable(tensor([4, 2], seed: 3), needsGradient: true)
    let weights = tensor([4, 2], seed: 4)
    let sum = (quantizer.quantize(z).vectors * Variable(weights)).sum()
    let gradient = gradients(of: sum, withRespectTo: [z])[0]
    #expect(gradient == weights * 2)
  }

  @Test func whatIsQuantizedIsTheSumOfItsCodes() throws {
    let quantizer = try policy().model.heads.quantizer
    let quantized = quantizer.quantize(Variable(tensor([5, 2], seed: 5)))
    let sum = zip(quantizer.codebooks, quantized.codes).map { $0.vectors($1) }.reduce(
      .zeros([5, 2]), +)
    #expect(mismatch(sum, quantized.vectors.value, relative: 1e-12) == nil)
  }

  @Test func drawsFollowTheirProbabilities() {
    let random = TorchRandom(TorchGenerator(seed: 5))
    let probabilities = Tensor([0.1, 0.7, 0.2], shape: [1, 3]).broadcast(to: [20_000, 3])
    let drawn = random.multinomial(probabilities).elements
    for (code, expected) in [0.1, 0.7, 0.2].enumerated() {
      let share = Double(drawn.count { $0 == Double(code) }) / 20_000
      #expect(abs(share - expected) < 0.02)
    }
  }

  // MARK: Heads

  @Test func focalLossIsTheCrossEntropyOfWhatIsNotKnownYet() {
    let logits = tensor([6, 3], seed: 6)
    let labels = Tensor([0, 1, 2, 0, 1, 2], shape: [6])
    let probabilities = Variable(logits).softmax().value
    let terms = (0..<6).map { row in
      let p = probabilities.elements[row * 3 + Int(labels.elements[row])]
      return -(1 - p) * (1 - p) * log(p)
    }
    let loss = focalLoss(Variable(logits), labels: labels).value.scalar
    #expect(abs(loss - terms.reduce(0, +) / 6) < 1e-14)
  }

  @Test func gradientsOfTheFocalLossMatchFiniteDifferences() {
    let labels = Tensor([2, 0], shape: [2])
    let message = gradientMismatch(at: [tensor([2, 3], seed: 7)], seed: 8) {
      focalLoss($0[0], labels: labels)
    }
    #expect(message == nil)
  }

  // MARK: The transformer

  /// A small VQ-BeT.
  private func policy(_ change: (inout VQBeTConfig) -> Void = { _ in }) throws -> VQBeTPolicy {
    var config = VQBeTConfig()
    config.common.inputFeatures = [
      "observation.state": PolicyFeature(type: .state, shape: [2]),
      "observation.image": PolicyFeature(type: .visual, shape: [3, 32, 32]),
    ]
    config.common.outputFeatures = ["action": PolicyFeature(type: .action, shape: [2])]
    (config.observationStepCount, config.actionTokenCount, config.actionChunkSize) = (2, 2, 3)
    (config.codeCount, config.codeWidth, config.quantizerWidth) = (4, 2, 5)
    (config.inputWidth, config.hiddenWidth, config.outputWidth) = (4, 6, 5)
    (config.layerCount, config.headCount, config.blockSize) = (2, 2, 8)
    (config.dropout, config.cropShape, config.keypointCount) = (0, nil, 2)
    config.quantizerTrainingSteps = 3
    change(&config)
    return try VQBeTPolicy(config, random: SplitMixRandom(seed: 9))
  }

  @Test func laterTokensAreNotSeen() throws {
    let transformer = try policy().model.transformer
    let tokens = tensor([1, 5, 4], seed: 10)
    let pass = Pass.evaluate(SplitMixRandom(seed: 1))
    let whole = transformer(Variable(tokens), pass).value
    let changed = Tensor.concatenated(
      [tokens.sliced(0..<3, axis: 1), tensor([1, 2, 4], seed: 11)], axis: 1)
    let other = transformer(Variable(changed), pass).value
    #expect(whole.sliced(0..<3, axis: 1) == other.sliced(0..<3, axis: 1))
    #expect(whole.sliced(3..<5, axis: 1) != other.sliced(3..<5, axis: 1))
  }

  @Test func gradientsOfTheTransformerMatchFiniteDifferences() throws {
    let transformer = try policy().model.transformer
    let pass = Pass.evaluate(SplitMixRandom(seed: 1))
    let message = gradientMismatch(at: [tensor([2, 3, 4], seed: 12)], seed: 13) {
      transformer($0[0], pass)
    }
    #expect(message == nil)
  }

  /// Q-VQBET-9.
  @Test func onlyWeightsThatEndAnAttentionAreScaled() throws {
    let transformer = try policy {
      ($0.inputWidth, $0.hiddenWidth, $0.layerCount) = (40, 60, 8)
    }.model.transformer
    func deviation(_ weight: Parameter) -> Double {
      (weight.value.norm * weight.value.norm / Double(weight.value.count)).squareRoot()
    }
    for block in transformer.blocks {
      #expect(abs(deviation(block.attention.output.weight) - 0.02 / 4) < 5e-4)
      #expect(abs(deviation(block.linear2.weight) - 0.02) < 2e-3)
    }
  }

  // MARK: Phases and use

  private func batch(_ policy: VQBeTPolicy) -> [String: Tensor] {
    [
      "observation.state": tensor([2, 2, 2], seed: 14),
      "observation.image": tensor([2, 2, 3, 32, 32], seed: 15),
      "action": tensor([2, 5, 2], seed: 16),
    ]
  }

  @Test func windowsOfAllSamplesFollowEachOther() throws {
    let model = try policy().model
    let actions = tensor([2, 5, 2], seed: 17)
    let windows = model.windows(actions)
    #expect(windows.shape == [6, 6])
    for window in 0..<3 {
      for sample in 0..<2 {
        let expected = actions.sliced(sample..<sample + 1, axis: 0)
          .sliced(window..<window + 3, axis: 1).reshaped([1, 6])
        let row = window * 2 + sample
        #expect(windows.sliced(row..<row + 1, axis: 0) == expected)
      }
    }
  }

  @Test func theFirstPhaseEndsWithItsLastStep() throws {
    let policy = try policy()
    let pass = Pass.train(SplitMixRandom(seed: 1))
    for step in 0..<3 {
      #expect(policy.stepsWithoutPictures == 3 - step)
      let loss = policy.loss(batch(policy), pass)
      #expect(loss.parts.keys.contains("recon_l1_error"))
      policy.afterStep(loss.sums)
    }
    #expect(policy.stepsWithoutPictures == 0)
    let flags = policy.parameters.filter {
      $0.key.hasSuffix("discretized") || $0.key.hasSuffix("freeze_codebook")
    }
    #expect(flags.values.map(\.stored) == Array(repeating: HostTensor([true], shape: []), count: 2))
    #expect(policy.loss(batch(policy), pass).parts.keys.contains("classification_loss"))
  }

  /// Q-VQBET-1.
  @Test(arguments: [(0, 3), (2, 1), (3, 1), (7, 1)])
  func aResumedRunCountsOn(done: Int, left: Int) throws {
    let policy = try policy()
    policy.resume(afterSteps: done)
    #expect(policy.stepsWithoutPictures == left)
    for _ in 0..<left {
      #expect(policy.stepsWithoutPictures > 0)
      policy.afterStep(policy.loss(batch(policy), .train(SplitMixRandom(seed: 1))).sums)
    }
    #expect(policy.stepsWithoutPictures == 0)
  }

  @Test func anEvaluationLeavesTheCodesAlone() throws {
    let policy = try policy()
    let before = policy.parameters.mapValues(\.stored)
    let loss = policy.loss(batch(policy), .evaluate(SplitMixRandom(seed: 1)))
    #expect(loss.sums == [])
    let trained = policy.loss(batch(policy), .train(SplitMixRandom(seed: 1)))
    #expect(loss.total.value == trained.total.value)
    // They follow after the step: what was chosen was chosen with the codes as they were.
    #expect(policy.parameters.mapValues(\.stored) == before)
    policy.afterStep(trained.sums)
    #expect(policy.parameters.mapValues(\.stored) != before)
  }

  @Test func aChunkIsUsedUpBeforeTheNextIsPredicted() throws {
    let policy = try policy()
    let random = CountedDraws()
    let pass = Pass.evaluate(random)
    func observation(_ seed: UInt64) -> [String: Tensor] {
      [
        "observation.state": tensor([1, 2], seed: seed),
        "observation.image": tensor([1, 3, 32, 32], seed: seed),
      ]
    }
    for seed in 0..<7 as Range<UInt64> { _ = policy.selectAction(observation(seed), pass) }
    // Three chunks of three actions, each with two codes of each of three tokens.
    #expect(random.shapes == Array(repeating: [6, 4], count: 3))
    policy.reset()
    _ = policy.selectAction(observation(0), pass)
    #expect(random.shapes.count == 4)
  }

  // MARK: Groups

  @Test func groupsAreLeRobots() throws {
    let policy = try policy { $0.layerCount = 11 }
    let names = Dictionary(
      uniqueKeysWithValues: policy.parameters.map { (ObjectIdentifier($0.value), $0.key) })
    let groups = policy.parameterGroups.map { group in
      group.parameters.map { names[ObjectIdentifier($0)] ?? "" }
    }
    #expect(
      groups[0].prefix(3) == [
        "vqbet.policy.lm_head.weight", "vqbet.policy.transformer.h.0.attn.c_attn.weight",
        "vqbet.policy.transformer.h.0.attn.c_proj.weight",
      ])
    let tenth = try #require(groups[0].firstIndex { $0.contains("h.10.") })
    #expect(groups[0].firstIndex { $0.contains("h.2.") }.map { $0 > tenth } == true)
    #expect(
      groups[0].suffix(5) == [
        "vqbet.action_token", "vqbet.action_head.map_to_cbet_preds_offset.0.weight",
        "vqbet.action_head.map_to_cbet_preds_offset.0.bias",
        "vqbet.action_head.map_to_cbet_preds_bin.0.weight",
        "vqbet.action_head.map_to_cbet_preds_bin.0.bias",
      ])
    #expect(groups[1].count == 12 && groups[1].allSatisfy { $0.contains("vqvae_model.") })
    #expect(groups[2].first == "vqbet.policy.transformer.h.0.attn.c_attn.bias")
    #expect(groups[2].last == "vqbet.policy.transformer.wte.bias")
    #expect(groups[2].contains("vqbet.policy.transformer.wpe.weight"))
    #expect(groups.joined().count == policy.parameters.values.count(where: \.isTrained))
    #expect(Set(groups.joined()).count == groups.joined().count)
  }

  /// A step with a huge decay moves what decays, and nothing else.
  @Test func eachGroupDecaysByItsOwnRate() throws {
    let policy = try policy { ($0.weightDecay, $0.quantizerWeightDecay) = (10, 0.001) }
    let groups = policy.parameterGroups
    let optimizer = Optimizer(groups: groups, policy.config.optimizerPreset)
    let before = groups.map { $0.parameters.map(\.value) }
    // Adam's first step is of one rate in the gradient's direction, and none where it is 0.
    optimizer.step(
      optimizer.parameters.map { .zeros($0.value.shape) },
      learningRates: optimizer.initialLearningRates)
    #expect(optimizer.initialLearningRates == [1e-4, 1e-3, 1e-4])
    for (group, values) in before.enumerated() {
      for (parameter, old) in zip(groups[group].parameters, values) where old.norm > 0 {
        #expect((parameter.value == old) == (group == 2))
      }
    }
    #expect(groups.map(\.ownOptions) == [[:], ["weight_decay": 0.001], ["weight_decay": 0.0]])
  }
}

/// Draws ones and remembers the shapes of exponential draws.
private final class CountedDraws: RandomSource {
  private(set) var shapes: [[Int]] = []
  func uniform(_ shape: [Int], from: Double, to: Double) -> Tensor { .zeros(shape) }
  func normal(_ shape: [Int], mean: Double, standardDeviation: Double) -> Tensor { .zeros(shape) }
  func bernoulli(_ shape: [Int], probability: Double) -> Tensor { .ones(shape) }
  func exponential(_ shape: [Int]) -> Tensor {
    shapes.append(shape)
    return .ones(shape)
  }
  func beta(_ shape: [Int], _ a: Double, _ b: Double) -> Tensor { .ones(shape) }
  func integers(_ shape: [Int], below bound: Int) -> Tensor { .zeros(shape) }
  func choices(_ count: Int, below bound: Int) -> [Int] { Array(repeating: 0, count: count) }
  func preservingState<Result>(_ body: () throws -> Result) throws -> Result { try body() }
}

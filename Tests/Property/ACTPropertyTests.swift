import Foundation
import LeRobotCore
import Reference
import Support
import Testing

/// What holds of ACT whatever its weights.
@Suite struct ACTPropertyTests {
  private let pass = Pass.evaluate(SplitMixRandom(seed: 0))

  /// A random policy of the reference and a batch for it.
  private func policy(
    seed: UInt64, cameras: Int = 0, _ change: (inout ACTConfig) -> Void = { _ in }
  ) throws -> (ACTPolicy, Batch) {
    var generator = SplitMix64(seed: seed)
    var config = ACTConfig.random(cameras: cameras, using: &generator)
    config.chunkSize = 4
    change(&config)
    let policy = try ACTPolicy(config, random: TorchRandom(TorchGenerator(seed: seed)))
    return (policy, .random(config, size: 3, using: &generator))
  }

  private func loss(_ policy: ACTPolicy, _ batch: Batch) -> Tensor {
    policy.loss(policy.inputs(batch), .train(SplitMixRandom(seed: 7))).total.value
  }

  @Test(arguments: 0..<8 as Range<UInt64>)
  func paddedActionsDoNotChangeLoss(seed: UInt64) throws {
    var (policy, batch) = try policy(seed: seed)
    let before = loss(policy, batch)
    let isPadding = Tensor(try #require(batch["action_is_pad"])).reshaped([3, 4, 1])
    let actions = Tensor(try #require(batch["action"]))
    batch["action"] = (actions + isPadding * 100).float64
    #expect(mismatch(before, loss(policy, batch), relative: 1e-12) == nil, "seed \(seed)")
    batch["action"] = (actions + 100).float64
    #expect(mismatch(before, loss(policy, batch), relative: 1e-6) != nil, "seed \(seed)")
  }

  @Test(arguments: 0..<8 as Range<UInt64>)
  func samplesAreIndependentOfTheirOrder(seed: UInt64) throws {
    // Without draws, which would go to other samples.
    let (policy, batch) = try policy(seed: seed) {
      $0.dropout = 0
      $0.usesVAE = false
    }
    let turned = Batch(tensors: batch.tensors.mapValues { rotated($0) })
    #expect(
      mismatch(loss(policy, batch), loss(policy, turned), relative: 1e-12) == nil, "seed \(seed)")
    let chunk = policy.predictActionChunk(policy.inputs(batch), pass).float64
    let other = policy.predictActionChunk(policy.inputs(turned), pass).float64
    #expect(mismatch(rotated(chunk), other, relative: 1e-12) == nil, "seed \(seed)")
  }

  /// The last sample first.
  private func rotated(_ host: HostTensor) -> HostTensor {
    let x = Tensor(host)
    let rows = Tensor.concatenated(
      [x.sliced(2..<3, axis: 0), x.sliced(0..<2, axis: 0)], axis: 0)
    guard host.scalarType == .bool else { return rows.float64 }
    return HostTensor(rows.elements.map { $0 != 0 }, shape: host.shape)
  }

  @Test func camerasOfOneSizeAreASet() throws {
    var (policy, batch) = try policy(seed: 3, cameras: 2) { config in
      for key in ["observation.images.0", "observation.images.1"] {
        config.common.inputFeatures[key] = PolicyFeature(type: .visual, shape: [3, 40, 70])
      }
    }
    let before = policy.predictActionChunk(policy.inputs(batch), pass)
    let first = batch["observation.images.0"]
    batch["observation.images.0"] = batch["observation.images.1"]
    #expect(
      mismatch(before, policy.predictActionChunk(policy.inputs(batch), pass), relative: 1e-9) != nil
    )
    batch["observation.images.1"] = first
    #expect(
      mismatch(before, policy.predictActionChunk(policy.inputs(batch), pass), relative: 1e-10)
        == nil)
  }

  /// Nothing of a pass but its mode decides: the source that draws masks in training draws none.
  @Test func anEvaluationDrawsNothingAndLeavesThePosteriorOut() throws {
    let (policy, batch) = try policy(seed: 4) {
      $0.dropout = 0.5
      $0.usesVAE = true
    }
    let random = TorchRandom(TorchGenerator(seed: 1))
    let before = random.generator.state
    let evaluated = policy.loss(policy.inputs(batch), .evaluate(random))
    #expect(random.generator.state == before)
    #expect(evaluated.parts.keys.sorted() == ["l1_loss"])
    let trained = policy.loss(policy.inputs(batch), .train(random))
    #expect(random.generator.state != before)
    #expect(trained.parts.keys.sorted() == ["kld_loss", "l1_loss"])
  }

  @Test func klVanishesForTheStandardNormalAlone() {
    let zero = Variable(.zeros([2, 3]))
    #expect(klDivergence(mean: zero, logVariance: zero).value == Tensor(0))
    // −½(1 + log 4 − 9 − 4) for each of three dimensions.
    let other = klDivergence(
      mean: Variable(Tensor(repeating: 3, shape: [2, 3])),
      logVariance: Variable(Tensor(repeating: log(4), shape: [2, 3])))
    #expect(abs(other.value.scalar + 1.5 * (1 + log(4) - 13)) < 1e-12)
  }

  @Test func reconstructionCountsPaddingInItsDenominator() {
    let actions = Tensor([1, 2, 3, 4], shape: [1, 2, 2])
    let loss = reconstructionLoss(
      actions, Variable(.zeros([1, 2, 2])), isPadding: Tensor([0, 1], shape: [1, 2]))
    #expect(loss.value == Tensor(0.75))
  }

  @Test func positionsBeginWithKnownWaves() {
    let line = sinusoidalPositions1D(count: 3, width: 4)
    #expect(line.sliced(0..<1, axis: 0).elements == [0, 1, 0, 1])
    let expected = [sin(2), cos(2), sin(2 / 100.0), cos(2 / 100.0)].map { Double(Float($0)) }
    #expect(line.sliced(2..<3, axis: 0).elements == expected)

    let plane = sinusoidalPositions2D(height: 2, width: 4, channels: 8)
    #expect(plane.shape == [1, 8, 2, 4])
    let y = 2 * Double.pi * 2 / (2 + 1e-6)
    let x = 2 * Double.pi * 3 / (4 + 1e-6)
    let waves =
      [sin(y), cos(y), sin(y / 100), cos(y / 100)]
      + [sin(x), cos(x), sin(x / 100), cos(x / 100)]
    let found = plane.sliced(1..<2, axis: 2).sliced(2..<3, axis: 3)
    #expect(mismatch(waves, found.elements, relative: 1e-12) == nil)
  }

  @Test(arguments: [-0.4, 0, 0.01, 1])
  func theEnsembleIsTheWeightedMeanOfAllPredictions(coefficient: Double) {
    var generator = SplitMix64(seed: 5)
    let chunks = (0..<9).map { _ in Tensor.random([2, 4, 3], using: &generator) }
    let ensembler = ACTTemporalEnsembler(coefficient: coefficient, chunkSize: 4)
    for (now, chunk) in chunks.enumerated() {
      // All predictions for now, the oldest first.
      let predictions = (max(0, now - 3)...now).map { made in
        chunks[made].sliced(now - made..<now - made + 1, axis: 1).reshaped([2, 3])
      }
      let weights = predictions.indices.map { exp(-coefficient * Double($0)) }
      let sum = zip(predictions, weights).reduce(Tensor.zeros([2, 3])) { $0 + $1.0 * $1.1 }
      let expected = sum / weights.reduce(0, +)
      #expect(mismatch(expected, ensembler.update(chunk), relative: 1e-12) == nil)
    }
    ensembler.reset()
    let first = ensembler.update(chunks[3])
    #expect(first == chunks[3].sliced(0..<1, axis: 1).reshaped([2, 3]))
  }

  @Test func aQueueIsEmptiedBeforeTheNextChunk() throws {
    let (policy, batch) = try policy(seed: 1) {
      $0.temporalEnsembleCoefficient = nil
      $0.actionStepCount = 2
    }
    var other = batch
    other["observation.environment_state"] = batch["observation.environment_state"].map {
      (Tensor($0) + 1).float64
    }
    let chunk = policy.predictActionChunk(policy.inputs(batch), pass)
    func action(_ step: Int, _ chunk: Tensor) -> Tensor {
      chunk.sliced(step..<step + 1, axis: 1).reshaped([3, chunk.shape[2]])
    }
    #expect(policy.selectAction(policy.inputs(batch), pass) == action(0, chunk))
    #expect(policy.selectAction(policy.inputs(other), pass) == action(1, chunk))
    let next = action(0, policy.predictActionChunk(policy.inputs(other), pass))
    #expect(policy.selectAction(policy.inputs(other), pass) == next)
    policy.reset()
    #expect(policy.selectAction(policy.inputs(batch), pass) == action(0, chunk))
  }

  @Test func theBackboneLearnsAtItsOwnRate() throws {
    let (policy, _) = try policy(seed: 2, cameras: 1) { $0.backboneLearningRate = 0.5 }
    let groups = policy.parameterGroups
    #expect(groups.map(\.name) == ["default", "backbone"])
    #expect(groups[0].learningRate == nil && groups[1].learningRate == 0.5)
    let trained = policy.parameters.values.filter(\.isTrained)
    #expect(groups[0].parameters.count + groups[1].parameters.count == trained.count)
    #expect(groups[1].parameters.count == 20)
  }
}

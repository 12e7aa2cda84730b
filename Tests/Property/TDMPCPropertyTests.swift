import LeRobotCore
import Reference
import Support
import Testing

@Suite struct TDMPCPropertyTests {
  /// A small TD-MPC that sees the environment's state.
  private func config(_ change: (inout TDMPCConfig) -> Void = { _ in }) -> TDMPCConfig {
    var config = TDMPCConfig()
    config.common.inputFeatures = [
      "observation.state": PolicyFeature(type: .state, shape: [2]),
      "observation.environment_state": PolicyFeature(type: .environment, shape: [1]),
    ]
    config.common.outputFeatures = ["action": PolicyFeature(type: .action, shape: [2])]
    (config.horizon, config.latentWidth, config.mlpWidth) = (3, 4, 5)
    (config.stateEncoderWidth, config.ensembleSize) = (3, 3)
    (config.gaussianSampleCount, config.policySampleCount, config.eliteCount) = (8, 3, 4)
    config.planningIterationCount = 2
    change(&config)
    return config
  }

  /// With values that differ from 0, which they begin with.
  private func policy(_ change: (inout TDMPCConfig) -> Void = { _ in }) throws -> TDMPCPolicy {
    let policy = try TDMPCPolicy(config(change), random: SplitMixRandom(seed: 3))
    var generator = SplitMix64(seed: 8)
    for parameter in policy.parameters.values {
      parameter.value = .random(parameter.value.shape, using: &generator)
    }
    return policy
  }

  private func batch(of config: TDMPCConfig) -> Batch {
    var generator = SplitMix64(seed: 5)
    return .random(config, size: 3, using: &generator)
  }

  private func observation(seed: UInt64) -> [String: Tensor] {
    var generator = SplitMix64(seed: seed)
    return [
      "observation.state": .random([1, 2], using: &generator),
      "observation.environment_state": .random([1, 1], using: &generator),
    ]
  }

  // MARK: - The beginning

  @Test func nothingIsBelievedAtFirst() throws {
    let policy = try TDMPCPolicy(config(), random: SplitMixRandom(seed: 3))
    let model = policy.model.model
    var generator = SplitMix64(seed: 1)
    let z = Variable(.random([2, 4], using: &generator))
    let a = Variable(.random([2, 2], using: &generator))
    #expect(model.values(z, a).value == .zeros([3, 2]) && model.reward(z, a).value == .zeros([2]))
    #expect(model.value(z).value != .zeros([2]))
    for (name, parameter) in policy.model.target.parameters {
      #expect(parameter.role == .target && parameter.value == model.parameters[name]?.value)
    }
  }

  /// Wide, tall and square ones.
  @Test(arguments: [[3, 5], [5, 3], [4, 4], [2, 3, 2, 2], [1, 1]])
  func orthogonalRowsOrColumnsHaveTheGainsLength(shape: [Int]) {
    var config = config()
    config.stateEncoderWidth = shape[0]
    config.common.inputFeatures["observation.state"]?.shape = [shape.dropFirst().reduce(1, *)]
    guard let policy = try? TDMPCPolicy(config, random: SplitMixRandom(seed: 9)) else { return }
    let w = policy.model.model.encoder.state.hidden.weight.value
    let product = w.size(0) <= w.size(1) ? matmul(w, w.transposed) : matmul(w.transposed, w)
    let count = product.size(0)
    let identity = Tensor(
      (0..<count * count).map { $0 % (count + 1) == 0 ? 1 : 0 }, shape: product.shape)
    #expect(mismatch(identity, product, relative: 1e-12) == nil)
  }

  @Test func parametersCarryLeRobotsNamesAndTheOptimizerListsTheTargets() throws {
    let policy = try policy()
    let names = Array(policy.parameters.keys)
    #expect(names.first == "model._encoder.state_enc_layers.0.weight")
    #expect(names[names.count / 2] == "model_target._encoder.state_enc_layers.0.weight")
    #expect(names.contains("model._dynamics.7.bias") && names.contains("model._Qs.2.5.weight"))
    #expect(names.last == "model_target._V.5.bias")
    let groups = policy.parameterGroups
    #expect(groups.count == 1 && groups[0].parameters.count == names.count)
    let learner = PolicyLearner(
      policy: policy, groups: groups, optimizer: policy.config.optimizerPreset,
      random: SplitMixRandom(seed: 1))
    #expect(learner.parameterCounts.total == 2 * learner.parameterCounts.learnable)
    _ = try learner.update(batch(of: policy.config), learningRates: [1e-3])
    let state = try learner.optimizerState()
    #expect(state.groups == [Array(names.indices)])
    #expect(Set(state.slots.keys) == Set(0..<names.count / 2))
  }

  // MARK: - Training

  @Test func theTargetFollowsAfterEachStep() throws {
    let policy = try policy { $0.targetMomentum = 0.75 }
    let learner = PolicyLearner(
      policy: policy, groups: policy.parameterGroups, optimizer: policy.config.optimizerPreset,
      random: SplitMixRandom(seed: 1))
    let before = policy.model.target.parameters.mapValues(\.value)
    _ = try learner.update(batch(of: policy.config), learningRates: [1e-2])
    for (name, parameter) in policy.model.target.parameters {
      let trained = try #require(policy.model.model.parameters[name]?.value)
      let expected = try #require(before[name]) * 0.75 + trained * 0.25
      #expect(mismatch(expected, parameter.value, relative: 1e-14) == nil, "\(name)")
    }
  }

  @Test func whatIsPaddedChangesNoLoss() throws {
    let policy = try policy()
    var batch = batch(of: policy.config)
    // The first sample's last step, and its observation after that.
    for (key, count) in [("action", 3), ("next.reward", 3), ("observation.state", 4)] {
      batch["\(key)_is_pad"] = HostTensor(
        (0..<3 * count).map { $0 == count - 1 }, shape: [3, count])
    }
    func loss(_ batch: Batch) -> [Double] {
      let loss = policy.loss(policy.inputs(batch), .train(SplitMixRandom(seed: 9)))
      return [loss.total.value.scalar]
    }
    var changed = batch
    for (key, place) in [("action", 5), ("next.reward", 2), ("observation.state", 7)] {
      var numbers = try #require(batch[key])
      var elements = numbers.doubles
      elements[place] += 0.5
      numbers = HostTensor(elements, shape: numbers.shape)
      changed[key] = numbers
    }
    #expect(loss(batch) == loss(changed))
    changed["action_is_pad"] = HostTensor(Array(repeating: false, count: 9), shape: [3, 3])
    #expect(loss(batch) != loss(changed))
  }

  /// Neither torch's generator nor NumPy's moves where a loss is only measured.
  @Test func measuringALossLeavesBothGenerators() throws {
    let backend = ReferenceBackend()
    try backend.seed(4)
    let config = config()
    let learner = try backend.makeLearner(
      policy: PolicyConfig(config), optimizer: config.optimizerPreset)
    let (torch, numPy) = (try backend.randomState(), backend.numPy.generator)
    _ = try learner.loss(of: batch(of: config))
    #expect(try backend.randomState() == torch && backend.numPy.generator == numPy)
    _ = try learner.update(batch(of: config), learningRates: [1e-3])
    #expect(try backend.randomState() == torch && backend.numPy.generator != numPy)
  }

  @Test func gradientsOfTheNetworksMatchFiniteDifferences() throws {
    let model = try policy().model.model
    var generator = SplitMix64(seed: 12)
    let inputs: [Tensor] = [
      .random([2, 4], using: &generator), .random([2, 2], using: &generator),
    ]
    let message = gradientMismatch(at: inputs, seed: 13) {
      .concatenated(
        [
          model.next($0[0], $0[1]).reshaped([-1]), model.reward($0[0], $0[1]),
          model.values($0[0], $0[1]).reshaped([-1]), model.action($0[0]).reshaped([-1]),
          model.value($0[0]),
        ], axis: 0)
    }
    #expect(message == nil)
  }

  @Test func aPictureIsShiftedWithinItsBorders() {
    let picture = Tensor((0..<9).map(Double.init), shape: [1, 1, 3, 3])
    let random = FixedShift([[0, 1]])  // one pixel to the right, none down
    #expect(
      randomlyShifted(picture, padding: 1, random).elements == [0, 0, 1, 3, 3, 4, 6, 6, 7])
    #expect(
      randomlyShifted(picture, padding: 1, FixedShift([[1, 2]])).elements
        == [3, 4, 5, 6, 7, 8, 6, 7, 8])
  }

  // MARK: - Acting

  @Test(arguments: [(1, 1), (3, 1), (1, 2)])
  func aPlanIsUsedUpBeforeTheNextIsMade(repeats: Int, steps: Int) throws {
    let policy = try policy {
      $0.actionRepeatCount = repeats
      $0.actionStepCount = steps
    }
    let random = CountedClocks()
    var actions: [Tensor] = []
    for seed in 0..<6 as Range<UInt64> {
      actions.append(policy.selectAction(observation(seed: seed), .evaluate(random)))
    }
    // One choice among the elites for each plan.
    #expect(random.clockCount == 6 / max(repeats, steps))
    if repeats == 3 { #expect(actions[0] == actions[1] && actions[1] == actions[2]) }
    #expect(actions.allSatisfy { $0.elements.allSatisfy { abs($0) <= 1 } })
  }

  @Test func aPlanStartsFromTheOneBeforeUntilTheEpisodeEnds() throws {
    let policy = try policy { $0.actionRepeatCount = 1 }
    func action() -> Tensor {
      policy.selectAction(observation(seed: 1), .evaluate(SplitMixRandom(seed: 2)))
    }
    let first = action()
    #expect(action() != first)
    policy.reset()
    #expect(action() == first)
  }

  @Test func withoutPlanningThePolicyActs() throws {
    let policy = try policy {
      $0.usesPlanning = false
      $0.actionRepeatCount = 1
    }
    let seen = observation(seed: 1)
    let expected = policy.model.model.action(policy.model.model.encoder(seen)).value
    let found = policy.selectAction(seen, .evaluate(CountedClocks()))
    #expect(found == expected)
  }
}

/// Draws what it is given where whole numbers are asked for.
private final class FixedShift: RandomSource {
  private let shifts: [[Double]]
  init(_ shifts: [[Double]]) { self.shifts = shifts }
  func uniform(_ shape: [Int], from: Double, to: Double) -> Tensor { .zeros(shape) }
  func normal(_ shape: [Int], mean: Double, standardDeviation: Double) -> Tensor { .zeros(shape) }
  func bernoulli(_ shape: [Int], probability: Double) -> Tensor { .ones(shape) }
  func exponential(_ shape: [Int]) -> Tensor { .ones(shape) }
  func beta(_ shape: [Int], _ a: Double, _ b: Double) -> Tensor { .ones(shape) }
  func integers(_ shape: [Int], below bound: Int) -> Tensor {
    Tensor(shifts.flatMap { $0 }, shape: shape)
  }
  func choices(_ count: Int, below bound: Int) -> [Int] { Array(repeating: 0, count: count) }
  func preservingState<Result>(_ body: () throws -> Result) throws -> Result { try body() }
}

/// Counts how often clocks are drawn.
private final class CountedClocks: RandomSource {
  private(set) var clockCount = 0
  private let others = SplitMixRandom(seed: 6)
  func uniform(_ shape: [Int], from: Double, to: Double) -> Tensor {
    others.uniform(shape, from: from, to: to)
  }
  func normal(_ shape: [Int], mean: Double, standardDeviation: Double) -> Tensor {
    others.normal(shape, mean: mean, standardDeviation: standardDeviation)
  }
  func bernoulli(_ shape: [Int], probability: Double) -> Tensor { .ones(shape) }
  func exponential(_ shape: [Int]) -> Tensor {
    clockCount += 1
    return others.exponential(shape)
  }
  func beta(_ shape: [Int], _ a: Double, _ b: Double) -> Tensor { others.beta(shape, a, b) }
  func integers(_ shape: [Int], below bound: Int) -> Tensor { others.integers(shape, below: bound) }
  func choices(_ count: Int, below bound: Int) -> [Int] { others.choices(count, below: bound) }
  func preservingState<Result>(_ body: () throws -> Result) throws -> Result { try body() }
}

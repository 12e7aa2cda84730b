import Fast
import LeRobotCore
import Support
import Testing

/// What holds of a learner on libtorch whatever it learns.
@Suite @TorchThread struct FastLearnerPropertyTests {
  @Test(arguments: [
    OptimizerConfig.adam(AdamOptions(weightDecay: 0.1)),
    .adamW(AdamOptions(weightDecay: 0.1)), .sgd(momentum(0)), .sgd(momentum(0.9)),
    .multiAdam(MultiAdamOptions()),
  ])
  func aRestoredLearnerGoesOnToTheBit(optimizer: OptimizerConfig) throws {
    let (backend, learner) = try learner(optimizer: optimizer)
    for _ in 0..<2 { _ = try step(learner) }
    let restored = try backend.makeLearner(policy: PolicyConfig(config), optimizer: optimizer)
    try restored.loadWeights(from: learner.weights())
    try restored.loadOptimizer(saved(learner, optimizer))
    let state = try backend.randomState()
    let expected = try step(learner)
    try backend.setRandomState(state)
    let found = try step(restored)
    #expect(found.loss == expected.loss && found.gradientNorm == expected.gradientNorm)
    #expect(found.parts == expected.parts)
    #expect(try restored.weights() == learner.weights())
    #expect(try restored.optimizerState() == learner.optimizerState())
  }

  @Test func theGeneratorsStateIsTorchs5056Bytes() throws {
    let backend = try FastBackend(device: "cpu")
    try backend.seed(7)
    let state = try backend.randomState()
    let first = try TorchRandom().normal([5], mean: 0, standardDeviation: 1).host()
    try backend.setRandomState(state)
    #expect(state.count == 5056)
    #expect(try TorchRandom().normal([5], mean: 0, standardDeviation: 1).host() == first)
    #expect(try backend.deviceRandomState() == nil)
  }

  @Test func whatIsNotFiniteIsNamedAndChangesNothing() throws {
    let (_, learner) = try learner()
    let before = try learner.weights()
    var broken = batch
    broken["observation.state"] = HostTensor([1, .nan, 3, 4, 5, 6] as [Float], shape: [2, 3])
    #expect(throws: TrainingError.notFinite(tensor: "the batch's observation.state")) {
      try learner.update(broken, learningRates: learner.initialLearningRates)
    }
    #expect(try learner.weights() == before)
    _ = try step(learner)
  }

  @Test func aGradientThatIsNotFiniteIsNamed() throws {
    let (_, learner) = try learner()
    var weights = try learner.weights()
    let name = "model.action_head.bias"
    weights[name] = HostTensor([Float.infinity, 0], shape: [2])
    try learner.loadWeights(from: weights)
    #expect(throws: TrainingError.notFinite(tensor: name)) { try step(learner) }
  }

  @Test func weightsOfOtherNamesAreReported() throws {
    let (_, learner) = try learner()
    var weights = try learner.weights()
    weights["model.elsewhere"] = weights.removeValue(forKey: "model.action_head.bias")
    let names = try learner.loadWeights(from: weights)
    #expect(names.missing == ["model.action_head.bias"])
    #expect(names.unexpected == ["model.elsewhere"])
  }

  @Test func weightsAndStatesOfOtherShapesAreRefused() throws {
    let (_, learner) = try learner()
    let name = "model.action_head.bias"
    #expect(throws: TorchError.wrongShape(tensor: name, expected: [2], found: [3])) {
      let wrong: NamedTensors = [name: HostTensor([1, 2, 3] as [Float], shape: [3])]
      try learner.loadWeights(from: wrong)
    }
    var state = try learner.optimizerState()
    let counts = state.groups.map(\.count)
    state.groups = [[0]]
    let saved = SavedOptimizer(state: state, options: [[:]])
    #expect(throws: OptimizerStateError.otherGroups(expected: counts, found: [1])) {
      try learner.loadOptimizer(saved)
    }
  }

  @Test(arguments: [
    OptimizerConfig.adam(AdamOptions(weightDecay: 0.1)),
    .adamW(AdamOptions(weightDecay: 0.1)), .sgd(momentum(0.9)),
  ])
  func theSavedOptionsCountMoreThanTheConfigurations(optimizer: OptimizerConfig) throws {
    let (backend, learner) = try learner(optimizer: optimizer)
    _ = try step(learner)
    let other: OptimizerConfig =
      switch optimizer {
      case .adam: .adam(Self.unlike)
      case .adamW: .adamW(Self.unlike)
      default: .sgd(SGDOptions())
      }
    let restored = try backend.makeLearner(policy: PolicyConfig(config), optimizer: other)
    try restored.loadWeights(from: learner.weights())
    try restored.loadOptimizer(saved(learner, optimizer))
    let state = try backend.randomState()
    _ = try step(learner)
    try backend.setRandomState(state)
    _ = try restored.update(batch, learningRates: learner.initialLearningRates)
    #expect(try restored.weights() == learner.weights())
  }

  /// Options that have nothing in common with those the tests train with.
  private static let unlike: AdamOptions = {
    var options = AdamOptions(weightDecay: 0.5)
    (options.learningRate, options.beta1, options.beta2, options.epsilon) = (1, 0.5, 0.6, 0.1)
    return options
  }()

  private func saved(
    _ learner: any Learner, _ optimizer: OptimizerConfig
  ) throws -> SavedOptimizer {
    SavedOptimizer(
      optimizer, state: try learner.optimizerState(),
      learningRates: learner.initialLearningRates, initialLearningRates: nil)
  }

  @Test func aSnapshotIsOfItsMomentWhateverStepsFollow() throws {
    let (_, learner) = try learner()
    _ = try step(learner)
    let weights = try learner.weights()
    let optimizer = try learner.optimizerState()
    let early = try learner.snapshot()
    try early.read()
    let late = try learner.snapshot()
    for _ in 0..<2 { _ = try step(learner) }
    for snapshot in [early, late] {
      let state = try snapshot.read()
      #expect(state.weights == weights)
      #expect(state.optimizer == optimizer)
    }
    #expect(try learner.weights() != weights)
  }

  @Test func aSnapshotReadBesideTheNextStepIsOfItsMoment() async throws {
    let (_, learner) = try learner()
    let weights = try learner.weights()
    let snapshot = try learner.snapshot()
    let reader = Task.detached { try snapshot.read() }
    _ = try step(learner)
    #expect(try await reader.value.weights == weights)
  }

  /// The proof of a snapshot is that nobody writes to its tensors before they are copied.
  @Test func aTensorThatChangesUnderASnapshotIsFound() throws {
    let (_, learner) = try learner()
    let fast = try #require(learner as? PolicyLearner)
    let name = "model.action_head.bias"
    let snapshot = try learner.snapshot()
    let parameter = try #require(fast.policy.parameters[name])
    parameter.value = .zeros([2])
    let error = #expect(throws: WeightError.changedDuringSave(name)) { try snapshot.read() }
    #expect(error?.description.contains(name) == true)
    #expect(throws: Never.self) { try learner.snapshot().read() }
  }

  @Test func aMomentThatChangesUnderASnapshotIsFound() throws {
    let (_, learner) = try learner()
    _ = try step(learner)
    let fast = try #require(learner as? PolicyLearner)
    let snapshot = try learner.snapshot()
    let name = "model.action_head.bias"
    let optimizer = Optimizer(
      groups: fast.policy.parameterGroups, .adamW(AdamOptions(weightDecay: 0)))
    try fast.policy.loss(fast.inputs(batch), .train(TorchRandom())).total.backward()
    // Another optimizer over the same parameters: the learner knows nothing of its step.
    optimizer.step(learningRates: learner.initialLearningRates)
    let error = #expect(throws: WeightError.self) { try snapshot.read() }
    guard case .changedDuringSave = error else {
      Issue.record("\(String(describing: error)), \(name)")
      return
    }
  }

  @Test func withoutThePresetAllParametersAreOneGroup() throws {
    let backend = try FastBackend(device: "cpu")
    let optimizer = OptimizerConfig.adamW(AdamOptions(weightDecay: 0))
    let learner = try backend.makeLearner(
      policy: PolicyConfig(config), optimizer: optimizer, usesPreset: false)
    #expect(learner.initialLearningRates == [1e-3])
    #expect(try learner.optimizerState().groups.count == 1)
  }

  @Test func autocastTrainsInBfloat16() throws {
    var mixed = config
    mixed.common.usesAMP = true
    mixed.dropout = 0
    var plain = mixed
    plain.common.usesAMP = false
    let losses = try [mixed, plain].map { config in
      let (_, learner) = try learner(config)
      return try step(learner).loss
    }
    #expect(losses[0] != losses[1])
    #expect(abs(losses[0] - losses[1]) < 0.1 * losses[1])
  }

  /// Three steps and a plan; everything else of a TD-MPC stays in float32.
  @Test func autocastTrainsTDMPCInBfloat16() throws {
    var generator = SplitMix64(seed: 11)
    var config = TDMPCConfig.random(hasCamera: true, using: &generator)
    config.latentWidth = 16
    config.mlpWidth = 32
    let batch = Batch.random(config, size: 3, using: &generator)
    let observation = Batch.randomObservation(config, leading: [3], using: &generator)
    let found = try [true, false].map { mixes in
      config.common.usesAMP = mixes
      let backend = try FastBackend(device: "cpu")
      try backend.seed(5)
      let learner = try backend.makeLearner(
        policy: PolicyConfig(config), optimizer: config.optimizerPreset)
      let results = try (0..<3).map { _ in
        try learner.update(batch, learningRates: learner.initialLearningRates)
      }
      let action = try learner.selectAction(observation)
      #expect(action.doubles.allSatisfy { abs($0) <= 1 })
      return results.map(\.loss)
    }
    #expect(found[0] != found[1])
    for (a, b) in zip(found[0], found[1]) { #expect(abs(a - b) < 0.1 * b) }
  }

  @Test func aDeviceThatIsAbsentIsReplacedWithAWarning() throws {
    let backend = try FastBackend(device: "mps")
    #expect(backend.deviceWarning?.contains("'mps' is not available") == true)
    #expect(try FastBackend(device: "cpu").deviceWarning == nil)
    #expect(throws: TorchError.unknownDevice("gpu")) { try FastBackend(device: "gpu") }
  }

  @Test func theWarningSaysWhyThereIsNoDevice() throws {
    try Torch.open()
    guard Torch.cudaDeviceCount == 0 else { return }
    for _ in 0..<2 {
      let backend = try FastBackend(device: "cuda:1")
      let said = "Device 'cuda:1' is not available. Switching to 'cpu': "
      let warning = try #require(backend.deviceWarning)
      #expect(backend.deviceName == "cpu" && warning.hasPrefix(said))
      #expect(warning.contains("CPU alone") || warning.contains("CUDA"), "\(warning)")
    }
  }

  /// One that has no gradient at first is at its first step when the others are at their second.
  @Test func everyParameterCountsItsOwnSteps() throws {
    try Torch.open()
    func trained(_ indices: [Int]) throws -> [HostTensor] {
      let parameters = indices.map { Parameter(Tensor([1, 2, 3 + Double($0)])) }
      let group = ParameterGroup(name: "default", parameters: parameters)
      let optimizer = Optimizer(groups: [group], .adamW(AdamOptions(weightDecay: 0.1)))
      for pulled in [[0, 2], [0, 1, 2], [1, 2]] {
        for (index, parameter) in zip(indices, parameters) where pulled.contains(index) {
          parameter.value.squared().sum().backward()
        }
        optimizer.step(learningRates: [0.1])
        for parameter in parameters { parameter.value.clearGradient() }
      }
      return try parameters.map { try $0.value.host() }
    }
    #expect(try trained([0, 1, 2]) == (0..<3).flatMap { try trained([$0]) })
  }

  // MARK: - A small policy

  private nonisolated static func momentum(_ momentum: Double) -> SGDOptions {
    var options = SGDOptions()
    options.momentum = momentum
    options.nesterov = momentum > 0
    return options
  }

  private var config: ACTConfig {
    var config = ACTConfig()
    config.modelWidth = 8
    config.headCount = 2
    config.feedForwardWidth = 16
    config.chunkSize = 4
    config.actionStepCount = 4
    config.latentWidth = 4
    config.encoderLayerCount = 1
    config.vaeEncoderLayerCount = 1
    config.common.inputFeatures = [
      "observation.state": PolicyFeature(type: .state, shape: [3]),
      "observation.environment_state": PolicyFeature(type: .environment, shape: [3]),
    ]
    config.common.outputFeatures = ["action": PolicyFeature(type: .action, shape: [2])]
    return config
  }

  private var batch: Batch {
    let values = (0..<16).map { Float($0) / 8 - 1 }
    return Batch(tensors: [
      "observation.state": HostTensor(Array(values[..<6]), shape: [2, 3]),
      "observation.environment_state": HostTensor(Array(values[6..<12]), shape: [2, 3]),
      "action": HostTensor(values, shape: [2, 4, 2]),
      "action_is_pad": HostTensor([Bool](repeating: false, count: 8), shape: [2, 4]),
    ])
  }

  private func learner(
    _ config: ACTConfig? = nil,
    optimizer: OptimizerConfig = .adamW(AdamOptions(weightDecay: 0.01))
  ) throws -> (FastBackend, any Learner) {
    let backend = try FastBackend(device: "cpu")
    try backend.seed(3)
    let policy = PolicyConfig(config ?? self.config)
    return (backend, try backend.makeLearner(policy: policy, optimizer: optimizer))
  }

  private func step(_ learner: any Learner) throws -> StepResult {
    try learner.update(batch, learningRates: learner.initialLearningRates)
  }
}

import LeRobotCore
import OrderedCollections
import Support
import Testing

/// Whatever a checkpoint holds, reading gives it back, and writing that again the same bytes.
struct CheckpointRoundTripPropertyTests {
  @Test(arguments: 0..<20 as Range<UInt64>)
  func anyContentsAreReadBackAndWrittenAlike(seed: UInt64) throws {
    var generator = SplitMix64(seed: seed)
    var contents = CheckpointContents(
      step: Int.random(in: 0...2_000_000, using: &generator),
      weights: Self.tensors("model.", using: &generator), policyConfig: "{}", trainConfig: "[]",
      processors: try PolicyProcessors(policy: PolicyConfig(ACTConfig()), statistics: [:]),
      trainingState: Self.state(seed: seed, using: &generator))
    contents.trainingState.step = contents.step
    let folder = try TemporaryFolder()
    let first = try CheckpointWriter(outputDirectory: folder.file("a"), totalSteps: 10)
      .write(contents)
    let checkpoint = try Checkpoint.open(first)
    #expect(try checkpoint.weights().sorted == contents.weights.sorted, "seed \(seed)")
    let state = try checkpoint.readTrainingState()
    #expect(state.step == contents.step && state.random == contents.trainingState.random)
    #expect(state.schedule == contents.trainingState.schedule, "seed \(seed)")
    let optimizers = contents.trainingState.optimizers
    #expect(state.optimizers.mapValues(\.sorted) == optimizers.mapValues(\.sorted), "seed \(seed)")
    #expect(state.resume?.values == contents.trainingState.resume?.values, "seed \(seed)")
    #expect(
      state.resume?.unrounded.sorted == contents.trainingState.resume?.unrounded.sorted,
      "seed \(seed)")

    let again = CheckpointContents(
      step: state.step, weights: try checkpoint.weights(),
      policyConfig: try checkpoint.policyConfig(), trainConfig: try checkpoint.trainConfig(),
      processors: try checkpoint.processors(), trainingState: state)
    let second = try CheckpointWriter(outputDirectory: folder.file("b"), totalSteps: 10)
      .write(again)
    #expect(
      try Support.contents(of: first) == Support.contents(of: second), "seed \(seed)")
  }

  @Test(arguments: 0..<20 as Range<UInt64>)
  func severalOptimizersJoinToTheOneTheyWereSplitFrom(seed: UInt64) {
    var generator = SplitMix64(seed: seed)
    let names = ["b", "a", "c"].prefix(Int.random(in: 1...3, using: &generator)).map { $0 }
    let state = Self.optimizerState(groupCount: names.count, using: &generator)
    let rates = names.map { _ in Double.random(in: 0...1, using: &generator) }
    for config in [
      OptimizerConfig.multiAdam(MultiAdamOptions()), .adam(AdamOptions(weightDecay: 0)),
    ] {
      let split = SavedOptimizer.split(
        config, state: state, groupNames: names, learningRates: rates, initialLearningRates: rates)
      let isSeveral = config.type == "multi_adam"
      #expect(Array(split.keys) == (isSeveral ? names : [""]), "seed \(seed)")
      let read = OrderedDictionary(uniqueKeysWithValues: split.sorted { $0.key < $1.key })
      let joined = SavedOptimizer.joined(read, groupNames: names)
      #expect(joined?.state == state, "seed \(seed), \(config.type)")
      #expect(joined?.learningRates == rates, "seed \(seed), \(config.type)")
    }
  }

  @Test func aGroupsOwnOptionsAreSavedButItsRateIsThePresentOne() {
    var options = MultiAdamOptions()
    options.groups = ["a": ["lr": .double(5), "eps": .double(0.5)]]
    let state = OptimizerState(slots: [:], groups: [[0], [1]])
    let split = SavedOptimizer.split(
      .multiAdam(options), state: state, groupNames: ["a", "b"], learningRates: [3, 4],
      initialLearningRates: nil)
    #expect(split["a"]?.options[0]["eps"] == .double(0.5))
    #expect(split["b"]?.options[0]["eps"] == .double(1e-5))
    #expect(split.values.map(\.learningRates) == [[3], [4]])
  }

  // MARK: - Random parts

  private static func tensors(
    _ prefix: String, using generator: inout SplitMix64
  ) -> NamedTensors {
    var all: NamedTensors = [:]
    for index in 0..<Int.random(in: 0...6, using: &generator) {
      all["\(prefix)\(index).weight"] = HostTensor.random(using: &generator)
    }
    return all
  }

  private static func optimizerState(
    groupCount: Int, using generator: inout SplitMix64
  ) -> OptimizerState {
    var state = OptimizerState(slots: [:], groups: [])
    for _ in 0..<groupCount {
      let first = state.groups.joined().count
      let count = Int.random(in: 0...3, using: &generator)
      state.groups.append(Array(first..<first + count))
      for index in first..<first + count where Bool.random(using: &generator) {
        state.slots[index] = [
          "exp_avg": HostTensor.random(using: &generator),
          "step": HostTensor([Float(index)], shape: []),
        ]
      }
    }
    return state
  }

  private static func state(seed: UInt64, using generator: inout SplitMix64) -> TrainingState {
    let config = OptimizerConfig.random(using: &generator)
    let names = ["default", "other"]
    let initialRates = Bool.random(using: &generator) ? [1.0, 2] : nil
    let saved = SavedOptimizer.split(
      config, state: optimizerState(groupCount: 2, using: &generator), groupNames: names,
      learningRates: [0.1, 1e-5], initialLearningRates: initialRates)
    var torch = TorchGenerator(seed: seed)
    for _ in 0..<seed { _ = torch.normal() as Double }
    var resume = ResumeState(
      values: ["taken": .int(Int(seed))], tensors: tensors("loader.", using: &generator))
    resume.unrounded = tensors("weights/", using: &generator)
    return TrainingState(
      step: 0, optimizers: saved, schedule: seed.isMultiple(of: 2) ? nil : ["last_epoch": 3],
      random: RandomStates(seed: seed, torch: torch.state), resume: resume)
  }
}

extension SavedOptimizer {
  /// With every parameter's tensors in the order of names.
  fileprivate var sorted: SavedOptimizer {
    var sorted = self
    sorted.state.slots = state.slots.mapValues(\.sorted)
    return sorted
  }
}

extension NamedTensors {
  /// In the order of names; files are laid out in an order of their own.
  fileprivate var sorted: NamedTensors {
    NamedTensors(uniqueKeysWithValues: sorted { $0.key < $1.key }.map { ($0.key, $0.value) })
  }
}

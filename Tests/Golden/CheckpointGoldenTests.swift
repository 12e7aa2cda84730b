import Foundation
import LeRobotCore
import OrderedCollections
import Support
import Testing

/// Checkpoints that lerobot-train 0.4.2 wrote, read and written again.
struct CheckpointGoldenTests {
  private static func folder(_ optimizer: String) -> String {
    RepositoryFiles.fixtures.appending(path: "policies/act/checkpoint_\(optimizer)").path
  }

  /// The optimizers of Fixtures/generate/act_checkpoints.py.
  private static func config(_ optimizer: String) -> OptimizerConfig {
    switch optimizer {
    case "sgd":
      var options = SGDOptions()
      options.momentum = 0.9
      options.nesterov = true
      return .sgd(options)
    case "adam":
      return .adam(AdamOptions(weightDecay: 0))
    case "multi_adam":
      var options = MultiAdamOptions()
      options.weightDecay = 0.1
      return .multiAdam(options)
    default:
      return .adamW(AdamOptions(weightDecay: 1e-4))
    }
  }

  @Test(arguments: ["adamw", "adam", "sgd"])
  func writtenAgainEveryByteIsLeRobots(optimizer: String) throws {
    let source = Self.folder(optimizer)
    let checkpoint = try Checkpoint.open(source)
    let state = try checkpoint.readTrainingState()
    let run = try TemporaryFolder()
    let writer = CheckpointWriter(outputDirectory: run.path, totalSteps: 3)
    let path = try writer.write(
      CheckpointContents(
        step: state.step, weights: checkpoint.weights(), policyConfig: checkpoint.policyConfig(),
        trainConfig: checkpoint.trainConfig(), processors: checkpoint.processors(),
        trainingState: state))
    #expect(path == run.file("checkpoints/000003"))
    let written = try contents(of: path)
    let expected = try contents(of: source)
    #expect(Set(written.keys) == Set(expected.keys))
    for (name, bytes) in expected { #expect(written[name] == bytes, "\(name)") }
  }

  @Test func severalOptimizersHaveFoldersOfTheirOwn() throws {
    let source = Self.folder("multi_adam")
    let fixture = try contents(of: source)
    let run = try TemporaryFolder()
    // Only the training state was recorded; a checkpoint is recognised by its policy's folder.
    try FileManager.default.copyItem(atPath: source, toPath: run.file("c"))
    try FileSystem.createDirectory(run.file("c/pretrained_model"))
    let state = try Checkpoint.open(run.file("c")).readTrainingState()
    #expect(Array(state.optimizers.keys) == ["actor", "critic"])
    let written = try writeWithoutPolicy(state, to: run)
    for (name, bytes) in fixture { #expect(written[name] == bytes, "\(name)") }
  }

  private func writeWithoutPolicy(
    _ state: TrainingState, to run: TemporaryFolder
  ) throws -> [String: Data] {
    let none = ProcessorPipeline(name: "policy_preprocessor", steps: [])
    let path = try CheckpointWriter(outputDirectory: run.path, totalSteps: 5).write(
      CheckpointContents(
        step: 5, weights: [:], policyConfig: "{}", trainConfig: "{}",
        processors: PolicyProcessors(preprocessor: none, postprocessor: none),
        trainingState: state))
    return try contents(of: path)
  }

  @Test(arguments: ["adamw", "adam", "sgd"])
  func optimizerOptionsAreTorchs(optimizer: String) throws {
    let state = try Checkpoint.open(Self.folder(optimizer)).readTrainingState()
    let saved = try #require(state.optimizers[""])
    let made = SavedOptimizer(
      Self.config(optimizer), state: saved.state,
      learningRates: saved.learningRates.compactMap { $0 },
      initialLearningRates: state.schedule.map { _ in [1e-3] })
    #expect(made.options.map { Array($0.keys) } == saved.options.map { Array($0.keys) })
    #expect(made == saved)
  }

  @Test func multiAdamOptionsFollowTheirGroup() throws {
    let folder = Self.folder("multi_adam") + "/training_state"
    let text = try TextFile.read(folder + "/actor/optimizer_param_groups.json")
    let saved = try #require(try JSONValue(parsing: text)[0]?.objectValue)
    let made = SavedOptimizer(
      Self.config("multi_adam"), state: OptimizerState(slots: [:], groups: [[0, 1]]),
      learningRates: [1e-4], initialLearningRates: nil,
      overrides: [["betas": [0.8, 0.9]]])
    #expect(made.options == [saved.filter { $0.key != "params" }])
  }

  @Test func generatorsStandWhereTheSeedLeftThem() throws {
    let state = try Checkpoint.open(Self.folder("adamw")).readTrainingState()
    #expect(RandomStates(seed: 1000, torch: state.random.torch) == state.random)
  }

  @Test func optimizerStateCountsParametersInGroupOrder() throws {
    let state = try Checkpoint.open(Self.folder("adamw")).readTrainingState()
    let saved = try #require(state.optimizers[""]?.state)
    #expect(saved.groups == [Array(0...60), []])
    #expect(saved.slots[0]?["step"] == HostTensor([3 as Float], shape: []))
    #expect(saved.slots[0]?["exp_avg"]?.shape == [24, 8])
  }
}

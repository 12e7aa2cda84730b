import Fast
import Foundation
import LeRobotCore
import LeRobotData
import Reference
import Support
import Testing

/// A complete checkpoint of a tiny VQ-BeT by LeRobot 0.4.2, at the end of its first phase: what LeRobot
/// makes of a batch with it, and what it writes one step later (`Fixtures/generate/vqbet_checkpoints.py`).
@Suite(.serialized) struct VQBeTCheckpointGoldenTests {
  private static let backends = ["fast", "reference"]
  private static let stored = RepositoryFiles.fixtures.appending(path: "policies/vqbet").path
  private let folder: TemporaryFolder
  private let output = "outputs/vqbet/checkpoints"

  init() throws {
    folder = try TemporaryFolder()
    try FileManager.default.createSymbolicLink(
      atPath: folder.file("Fixtures"), withDestinationPath: RepositoryFiles.fixtures.path)
  }

  private func engine(_ backend: String) throws -> any Backend {
    backend == "fast"
      ? try FastBackend(device: "cpu")
      : ReferenceBackend { throw MissingGolden(name: $0.name, key: "") }
  }

  /// The stored checkpoint with the residual network that the first phase left as it was drawn.
  @TorchThread private func completeCheckpoint() throws -> String {
    let path = folder.file("\(output)/000003")
    try FileSystem.createDirectory(folder.file(output))
    try FileManager.default.copyItem(atPath: "\(Self.stored)/checkpoint_adam", toPath: path)
    let backend = try FastBackend(device: "cpu")
    try backend.seed(1000)
    let policy = try self.policy(Checkpoint.open(path))
    let drawn = try backend.makeLearner(policy: policy, optimizer: policy.value.optimizerPreset)
      .weights().filter { $0.key.contains(".rgb_encoder.backbone.") }
    let file = "\(path)/pretrained_model/model.safetensors"
    let weights = try SafetensorsFile(path: file).tensors().merging(drawn) { $1 }
    try SafetensorsWriter.write(weights, to: file, metadata: ["format": "pt"])
    return path
  }

  private func policy(_ checkpoint: Checkpoint) throws -> PolicyConfig {
    try #require(PolicyConfig(canonical: try JSONValue(parsing: checkpoint.policyConfig())))
  }

  // MARK: - A batch

  @Test(arguments: backends) @TorchThread
  func lossAndActionOfABatchAreLeRobots(backend: String) throws {
    let checkpoint = try Checkpoint.open(completeCheckpoint())
    let answers = try SafetensorsFile(path: "\(Self.stored)/answers_adam.safetensors").tensors()
    let (engine, policy) = (try engine(backend), try policy(checkpoint))
    let learner = try engine.makeLearner(policy: policy, optimizer: policy.value.optimizerPreset)
    let names = try learner.loadWeights(from: checkpoint.weights())
    #expect(names.missing.isEmpty && names.unexpected.isEmpty)
    let processors = try checkpoint.processors()
    let batch = try processors.preprocess(
      frames(
        DeltaIndices(
          observation: policy.value.observationDeltaIndices ?? [],
          action: policy.value.actionDeltaIndices ?? [])))
    let newest = try processors.preprocess(frames(DeltaIndices()))
    let random = try checkpoint.readTrainingState().random.torch
    try engine.setRandomState(random)
    let action = try processors.postprocess(learner.selectAction(newest))
    try expectClose("action", action.doubles, answers)
    try engine.setRandomState(random)
    let result = try learner.update(batch, learningRates: learner.initialLearningRates)
    try expectClose("loss", [result.loss], answers)
    try expectClose("grad_norm", [result.gradientNorm], answers)
    #expect(result.parts.count == 8)
    for (part, value) in result.parts { try expectClose("parts/\(part)", [value], answers) }
  }

  /// Frames 0, 5, 80 and 150 of the first episode.
  private func frames(_ deltas: DeltaIndices) throws -> Batch {
    var config = DatasetConfig(repositoryID: "local/pusht_demo")
    config.root = RepositoryFiles.fixtures.appending(path: "datasets/pusht_demo").path
    config.episodes = [0]
    return try LeRobotDataset.open(config, environment: [:], deltas: deltas).makeReader()
      .batch([0, 5, 80, 150])
  }

  private func expectClose(
    _ key: String, _ found: [Double], _ answers: NamedTensors
  ) throws {
    let message = mismatch(try #require(answers[key]).doubles, found, relative: 1e-5)
    #expect(message == nil, "\(key)")
  }
}

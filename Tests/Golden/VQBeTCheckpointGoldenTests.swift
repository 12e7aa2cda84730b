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

  // MARK: - One more step

  /// Every file; of the weights and Adam's moments, of which large ones are stored as digests, rounding
  /// is all that differs.
  @Test(arguments: backends) @TorchThread
  func oneStepLaterTheCheckpointIsLeRobots(backend: String) throws {
    let first = try Checkpoint.open(completeCheckpoint())
    let run = try TrainingProgram.run(
      [
        // As LeRobot was asked: what the checkpoint says it came from is this path.
        "--config_path=\(output)/000003/pretrained_model/train_config.json", "--resume=true",
        "--steps=4", "--backend=\(backend)",
      ], in: folder.path)
    try #require(run.status == 0, "\(run.output)")
    let (ours, theirs) = (folder.file("\(output)/000004"), "\(Self.stored)/resumed_adam")
    var written = try contents(of: ours)
    for file in [
      "pretrained_model/README.md", "training_state/resume_state.safetensors",
      "training_state/run_options.json",
    ] {
      #expect(written.removeValue(forKey: file) != nil, "\(file)")
    }
    let expected = try contents(of: theirs)
    #expect(written.keys.sorted() == expected.keys.sorted())
    let computed = [
      "pretrained_model/model.safetensors", "training_state/optimizer_state.safetensors",
    ]
    for (file, bytes) in expected where !computed.contains(file) {
      #expect(written[file] == bytes, "\(file)")
    }
    func tensors(_ folder: String, _ file: Int) throws -> NamedTensors {
      try SafetensorsFile(path: "\(folder)/\(computed[file])").tensors()
    }
    let moments = (try tensors(theirs, 1), try tensors(ours, 1))
    for (kind, absolute) in [("exp_avg", 1e-9), ("exp_avg_sq", 1e-16), ("step", 0)] {
      func ofKind(_ state: NamedTensors) -> NamedTensors {
        state.filter { $0.key.hasSuffix("/\(kind)") }
      }
      let messages = mismatches(
        ofKind(moments.0), ofKind(moments.1), relative: 1e-4, absolute: absolute)
      #expect(messages == [:])
    }
    var weights = (try tensors(theirs, 0), try tensors(ours, 0))
    for (name, tensor) in weights.1 where tensor.scalarType != .float32 {
      #expect(weights.0[name] == tensor, "\(name)")
    }
    for (number, name) in try parameterNames(first).enumerated()
    where weights.0[name]?.shape == weights.1[name]?.shape {
      weights.0[name] = try before(#require(weights.0[name]), number, moments.0)
      weights.1[name] = try before(#require(weights.1[name]), number, moments.1)
    }
    #expect(mismatches(weights.0, weights.1, relative: 2e-7, absolute: 1e-10) == [:])
  }

  /// A weight before its first step, by its moments after it; another weight as it is.
  ///
  /// The step η·g/(|g| + ε) is steep where a gradient g is of ε's size or vanishes in theory: there
  /// rounding alone moves weights apart by up to η. So each program's own step is taken back.
  private func before(
    _ weight: HostTensor, _ number: Int, _ moments: NamedTensors
  ) throws -> HostTensor {
    func moment(_ name: String) throws -> [Double] {
      try #require(moments["state/\(number)/\(name)"]).doubles
    }
    guard try moment("step") == [1] else { return weight }
    let steps = zip(try moment("exp_avg"), try moment("exp_avg_sq")).map { m, v in
      1e-4 * (m / (1 - 0.95)) / ((v / (1 - 0.999)).squareRoot() + 1e-8)
    }
    return HostTensor(zip(weight.doubles, steps).map(+), shape: weight.shape)
  }

  /// The trained parameters in the order in which the optimizer counts them.
  @TorchThread private func parameterNames(_ checkpoint: Checkpoint) throws -> [String] {
    let policy = try policy(checkpoint)
    let learner = try FastBackend(device: "cpu").makeLearner(
      policy: policy, optimizer: policy.value.optimizerPreset)
    let parameters = try #require(learner as? Fast.PolicyLearner).policy
    let names = Dictionary(
      uniqueKeysWithValues: parameters.parameters.map { (ObjectIdentifier($0.value), $0.key) })
    return parameters.parameterGroups.flatMap(\.parameters).compactMap {
      names[ObjectIdentifier($0)]
    }
  }
}

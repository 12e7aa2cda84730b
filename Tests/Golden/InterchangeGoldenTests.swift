import Fast
import Foundation
import LeRobotCore
import LeRobotData
import Support
import Testing

/// Checkpoints cross between this program and the real LeRobot, which is found through
/// `LEROBOT_PEER` (a virtual environment): either trains, both load, both select the same action.
@Suite(
  .serialized,
  .enabled(if: ProcessInfo.processInfo.environment["LEROBOT_PEER"] != nil, "needs LEROBOT_PEER"))
@TorchThread
struct InterchangeGoldenTests {
  private let peer = ProcessInfo.processInfo.environment["LEROBOT_PEER"] ?? ""
  private let dataset = "Fixtures/datasets/pusht_demo"
  private let frame = 5

  @Test(arguments: ["this program", "LeRobot"])
  func bothSelectTheSameAction(trainer: String) throws {
    let folder = try TemporaryFolder()
    let output = folder.file("run")
    let arguments =
      TrainingProgram.smallest + ["--steps=2", "--num_workers=0", "--output_dir=\(output)"]
    let run =
      trainer == "LeRobot"
      ? try CommandRun(["HF_HUB_OFFLINE=1", "\(peer)/bin/lerobot-train"] + arguments)
      : try TrainingProgram.run(arguments)
    try #require(run.status == 0, "\(run.output)")
    let checkpoint = try Checkpoint.open(output)
    let ours = try action(with: checkpoint)
    let theirs = try lerobotAction(with: checkpoint)
    #expect(ours.count == theirs.count)
    for (a, b) in zip(ours, theirs) { #expect(abs(a - b) <= 1e-5 * max(1, abs(b))) }
  }

  /// The action this program selects, in the robot's units.
  private func action(with checkpoint: Checkpoint) throws -> [Double] {
    let text = try checkpoint.policyConfig()
    let json = try JSONValue(parsing: text)
    let policy = try #require(PolicyConfig(canonical: json))
    let learner = try FastBackend(device: "cpu")
      .makeLearner(policy: policy, optimizer: .adamW(AdamOptions(weightDecay: 0)))
    let names = try learner.loadWeights(checkpoint.weights())
    #expect(names.missing.isEmpty && names.unexpected.isEmpty)
    var config = DatasetConfig(repositoryID: "local/dataset")
    config.root = RepositoryFiles.root.appending(path: dataset).path
    let batch = try LeRobotDataset.open(config, environment: [:]).makeReader().batch([frame])
    let processors = try checkpoint.processors()
    return try processors.postprocess(learner.selectAction(processors.preprocess(batch))).doubles
  }

  /// The action LeRobot selects with the same checkpoint.
  private func lerobotAction(with checkpoint: Checkpoint) throws -> [Double] {
    let run = try CommandRun(
      "HF_HUB_OFFLINE=1", "\(peer)/bin/python", "Scripts/select_action",
      checkpoint.pretrainedModel, dataset, "\(frame)")
    let last = run.output.split(separator: "\n").last.map(String.init) ?? ""
    let values = try JSONValue(parsing: last).arrayValue?.compactMap(\.doubleValue)
    return try #require(values, "\(run.output)")
  }
}

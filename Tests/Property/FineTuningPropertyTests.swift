import Foundation
import LeRobotCore
import Support
import Testing

/// What a run that begins with `--policy.path` says and refuses.
@Suite(.serialized) struct FineTuningPropertyTests {
  private static let policy = RepositoryFiles.fixtures
    .appending(path: "policies/act/checkpoint_adamw/pretrained_model").path
  private static let dataset = [
    "--dataset.repo_id=local/tiny", "--dataset.root=Fixtures/datasets/tiny",
  ]

  @Test func featuresStatisticsAndWeightsAreSaidAtOnce() throws {
    let folder = try TemporaryFolder()
    let policy = folder.file("pretrained")
    try FileManager.default.copyItem(atPath: Self.policy, toPath: policy)
    var weights = try Checkpoint.open(policy).weights()
    weights["model.stranger"] = weights.removeValue(forKey: "model.action_head.bias")
    try SafetensorsWriter.write(weights, to: policy + "/model.safetensors")
    let run = try TrainingProgram.run(
      Self.dataset + [
        "--policy.path=\(policy)", "--policy.push_to_hub=false", "--policy.device=cpu",
        "--batch_size=4", "--steps=1", "--num_workers=0", "--output_dir=\(folder.file("run"))",
      ])
    try #require(run.status == 0, "\(run.output)")
    let said = """
      Features of \(policy) in local/tiny:
        policy                         shape  dataset                        shape
        observation.state              3      observation.state              3      matches
        observation.environment_state  2      observation.environment_state  2      matches
        action                         3      action                         3      matches
      Statistics: those of local/tiny
      Weights: \(weights.count - 1) loaded
      Missing, initialised at random (1):
        model.action_head.bias
      Unexpected, not used (1):
        model.stranger
      """
    #expect(run.output.contains(said), "\(run.output)")
    let saved = try Checkpoint.open(folder.file("run")).processors()
    let statistics = try Checkpoint.open(Self.policy).processors()
    #expect(saved.preprocessor.steps.count == statistics.preprocessor.steps.count)
  }

  @Test func aDatasetThatDoesNotFitIsShownInATableAndRefusedInALine() throws {
    let folder = try TemporaryFolder()
    let run = try TrainingProgram.run([
      "--dataset.repo_id=local/pusht_demo", "--dataset.root=Fixtures/datasets/pusht_demo",
      "--policy.path=\(Self.policy)", "--policy.push_to_hub=false", "--policy.device=cpu",
      "--output_dir=\(folder.file("run"))",
    ])
    #expect(run.status == 1)
    #expect(run.output.contains("another shape") && run.output.contains("the dataset lacks it"))
    let last = run.output.split(separator: "\n").last ?? ""
    #expect(
      last == "lerobot-train: error: action: the policy takes [3], the dataset has [2]; "
        + "use a dataset of the same robot or train from scratch"
        || last.hasPrefix("lerobot-train: error: observation.state: the policy takes [3]"),
      "\(run.output)")
    #expect(!FileManager.default.fileExists(atPath: folder.file("run")))
  }
}

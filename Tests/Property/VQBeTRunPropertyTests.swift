import Foundation
import LeRobotCore
import LeRobotEnvs
import Support
import Testing

/// What a run of VQ-BeT says about its two phases.
@Suite(.serialized) struct VQBeTRunPropertyTests {
  private let folder: TemporaryFolder
  private static let isPushTHere =
    (try? makeEnvironment(EnvironmentConfig(type: "pusht"))) != nil
  private static let early =
    "this VQ-BeT acts at random: the first phase of its training is not over"

  init() throws { folder = try TemporaryFolder() }

  private func count(_ text: String, in run: CommandRun) -> Int {
    run.output.components(separatedBy: text).count - 1
  }

  /// Once in a run, however often it is evaluated; and not when the phase is over.
  @Test(.enabled(if: isPushTHere, "PushT needs Chipmunk: Scripts/setup"), arguments: [2, 1])
  func actingBeforeTheQuantizerIsTrainedIsAWarning(quantizerSteps: Int) throws {
    let output = folder.file("run")
    let pushT = ["--env.type=pusht", "--env.episode_length=4", "--eval.n_episodes=1"]
    let run = try TrainingProgram.run(
      TrainingProgram.smallestVQBeT + pushT + [
        "--policy.n_vqvae_training_steps=\(quantizerSteps + 1)", "--steps=2", "--eval_freq=1",
        "--eval.batch_size=1", "--num_workers=0", "--output_dir=\(output)",
      ])
    try #require(run.status == 0, "\(run.output)")
    #expect(count(Self.early, in: run) == 1, "\(run.output)")
    let evaluated = try TrainingProgram.run([
      "--evaluate=\(output)", "--eval.n_episodes=1", "--eval.batch_size=1",
      "--output_dir=\(folder.file("alone"))",
    ])
    try #require(evaluated.status == 0, "\(evaluated.output)")
    #expect(count(Self.early, in: evaluated) == (quantizerSteps == 2 ? 1 : 0))
  }

  /// The stored checkpoint's first phase is over; its residual network is not in it.
  @Test(arguments: [nil, 0])
  func aTrainedQuantizerThatHoldsTheLearningRateIsAWarning(quantizerSteps: Int?) throws {
    let stored = RepositoryFiles.fixtures
      .appending(path: "policies/vqbet/checkpoint_adam/pretrained_model").path
    let run = try TrainingProgram.run(
      [
        "--policy.path=\(stored)", "--dataset.repo_id=local/pusht_demo",
        "--dataset.root=Fixtures/datasets/pusht_demo", "--dataset.episodes=[0]",
        "--policy.push_to_hub=false", "--policy.device=cpu", "--batch_size=4", "--steps=3",
        "--log_freq=1", "--num_workers=0", "--policy.scheduler_warmup_steps=2",
        "--output_dir=\(folder.file("run"))",
      ] + (quantizerSteps.map { ["--policy.n_vqvae_training_steps=\($0)"] } ?? []))
    try #require(run.status == 0, "\(run.output)")
    let said = "the quantizer of this VQ-BeT is trained already"
    #expect(count(said, in: run) == (quantizerSteps == nil ? 1 : 0), "\(run.output)")
    let rates = try RepositoryFiles.lines(URL(filePath: folder.file("run/metrics.jsonl"))).map {
      try JSONValue(parsing: $0)
    }
    // The second phase from the first step on, at the rate of the first phase or warming up; a line
    // has the rate of the next step.
    #expect(rates.allSatisfy { $0["classification_loss"] != nil })
    let expected = quantizerSteps == nil ? [1e-4, 1e-4, 0] : [5e-5, 1e-4, 0]
    #expect(rates.map { $0["lr"]?.doubleValue } == expected)
  }
}

import Foundation
import LeRobotCore
import LeRobotLogging
import LeRobotWandB
import Support
import Testing

/// What a run's events become in its W&B file.
@Suite struct WandBObserverPropertyTests {
  private let run: RunFixture

  init() throws { run = try RunFixture() }

  @Test func aStepIsOneRowWithTrainingAndEvaluation() throws {
    let observer = run.observer()
    try run.train(observer, steps: 1...4, evaluating: [4])
    try observer.consume(.ended(.finished))
    let rows = try run.rows()
    #expect(rows.map(\.step) == [2, 4])
    let last = try #require(rows.last)
    #expect(last["train/loss"] == "0.375" && last["train/steps"] == "4")
    #expect(last["eval/pc_success"] == "50.0" && last["eval/steps"] == "4")
    #expect(last["_step"] == "4" && last["_runtime"] != nil && last["_timestamp"] != nil)
    #expect(last["eval/video/_type"] == #""video-file""#)
    #expect(rows[0]["eval/steps"] == nil)
    // LeRobot sends neither of them.
    #expect(last["eval/avg_max_reward"] == nil && last["eval/n_episodes"] == nil)
  }

  /// LeRobot logs the last batch's parts beside the interval's averages.
  @Test func partsAreThoseOfTheLastBatch() throws {
    let observer = run.observer()
    try run.train(observer, steps: 1...2)
    try observer.consume(.ended(.finished))
    let row = try #require(try run.rows().first)
    #expect(row["train/l1_loss"] == "2.0", "the average is 1.5")
    #expect(row["train/loss"] == "0.75", "of 1 and 0.5")
  }

  /// A video is kept under the name that its contents give it.
  @Test func aVideoIsKeptWithTheFile() throws {
    let observer = run.observer()
    try run.train(observer, steps: 1...2, evaluating: [2])
    try observer.consume(.ended(.finished))
    let row = try #require(try run.rows().first)
    let path = try #require(row["eval/video/path"]).trimmingCharacters(in: ["\""])
    #expect(path.wholeMatch(of: #/media/videos/eval/video_2_[0-9a-f]{20}\.mp4/#) != nil)
    #expect(try TextFile.read("\(run.wandb)/latest-run/files/\(path)") == "video 2")
  }

  /// The weights stay when their checkpoint goes.
  @Test func checkpointsAreArtifactsOfTheirOwn() throws {
    let observer = run.observer()
    try run.train(observer, steps: 1...2)
    let path = try run.checkpoint("000002")
    try observer.consume(.saved(WrittenCheckpoint(step: 2, path: path)))
    try FileSystem.remove(path)
    try observer.consume(.ended(.finished))
    let artifact = try #require(try run.messages(.artifact).first)
    #expect(artifact.text(WandBField.Artifact.name) == "policy_-seed_1000-dataset_me_data-000002")
    let entry = try #require(
      artifact.message(WandBField.Artifact.manifest)?.message(WandBField.Manifest.contents))
    #expect(entry.text(WandBField.ManifestEntry.path) == "model.safetensors")
    #expect(try TextFile.read(entry.text(WandBField.ManifestEntry.localPath)) == "weights 000002")
    // md5 of the file, and of the line about it.
    #expect(entry.text(WandBField.ManifestEntry.digest) == "f4vLWuZOfIEykFBm2+vVJA==")
    #expect(artifact.text(WandBField.Artifact.digest).count == 32)
  }

  @Test func artifactsAreLeftOutWhereTheyAreSwitchedOff() throws {
    let observer = run.observer { $0.wandb.disablesArtifact = true }
    try run.train(observer, steps: 1...2)
    let path = try run.checkpoint("000002")
    try observer.consume(.saved(WrittenCheckpoint(step: 2, path: path)))
    #expect(try run.messages(.artifact).isEmpty)
  }

  @Test func theConsolesLinesAndTheEndAreThere() throws {
    let observer = run.observer()
    run.lines.receive(.preparing(.dataset))
    try run.train(observer, steps: 1...2)
    run.lines.receive(.logged(LogRecord(.warning, "careful")))
    try observer.consume(.ended(.finished))
    let lines = try run.messages(.outputRaw).map { $0.text(WandBField.OutputRaw.line) }
    #expect(lines.count == 2 && lines[0].hasSuffix("Creating dataset\n"))
    #expect(lines[1].hasPrefix("WARNING") && lines[1].hasSuffix("careful\n"))
    #expect(try run.messages(.exit).count == 1)
    #expect(try run.messages(.stats).count == 1)
  }

  // MARK: - Resuming

  /// A run that is killed at any moment and resumed at its last checkpoint: no step is lost or doubled.
  @Test(arguments: 1...9)
  func aRunThatIsKilledIsContinued(_ killedAt: Int) throws {
    let first = run.observer()
    try run.train(first, steps: 1...killedAt, evaluating: [4, 8])
    let checkpoint = killedAt / 4 * 4
    let earlier = run.history(upTo: checkpoint)
    let second = run.observer(resumedAt: earlier)
    try run.train(second, steps: checkpoint + 1...10, evaluating: [4, 8], from: checkpoint)
    try second.consume(.ended(.finished))
    let rows = try run.rows()
    #expect(rows.map(\.step) == [2, 4, 6, 8, 10], "killed at \(killedAt)")
    for step in [4, 8] {
      #expect(rows.first { $0.step == step }?["eval/steps"] == "\(step)", "killed at \(killedAt)")
    }
  }

  /// A run that was logged nowhere is logged whole when it is resumed with logging.
  @Test func whatWasNotLoggedIsCaughtUpWith() throws {
    _ = try run.checkpoint("000004")
    let second = run.observer(resumedAt: run.history(upTo: 4))
    try run.train(second, steps: 5...6, from: 4)
    try second.consume(.ended(.finished))
    #expect(try run.rows().map(\.step) == [2, 4, 6])
    #expect(try run.messages(.artifact).count == 1)
  }

  @Test func theFileIsMadeOfAFinishedRun() throws {
    let history = run.history(upTo: 6)
    _ = try run.checkpoint("000006")
    let made = try WandBRebuild.run(history, config: run.config, ["HOME": run.folder.path])
    guard case .written = made else { return #expect(Bool(false), "\(made)") }
    #expect(try run.rows().map(\.step) == [2, 4, 6])
    #expect(try run.messages(.artifact).count == 1 && run.messages(.exit).count == 1)
    let again = try WandBRebuild.run(history, config: run.config, ["HOME": run.folder.path])
    #expect(again == .complete)
    #expect(try run.rows().count == 3)
  }
}

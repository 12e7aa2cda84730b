import Foundation
import LeRobotCore
import Support
import Testing

/// Resuming LeRobot's checkpoints against LeRobot resuming them: a new pass from the restored
/// generator, the same losses, the same learning rates.
@Suite(.serialized) struct ResumeGoldenTests {
  private static let policies = RepositoryFiles.fixtures.appending(path: "policies/act")

  @Test(arguments: [
    "adamw", "adam", "sgd", "adamw_options", "adam_schedule", "sgd_options",
  ])
  func aResumedCheckpointOfLeRobotGoesOnAsInLeRobot(name: String) throws {
    try resume("checkpoint_\(name.prefix { $0 != "_" })", like: name)
  }

  @Test(arguments: ["adamw", "sgd"])
  func theOlderLayoutGoesOnTheSameWay(optimizer: String) throws {
    try resume("legacy_\(optimizer)", like: optimizer)
  }

  /// Repeats a recorded run from a copy of the checkpoint it began with.
  private func resume(_ checkpoint: String, like name: String) throws {
    let trace = Self.policies.appending(path: "resume/\(name).jsonl")
    let folder = try TemporaryFolder()
    try FileSystem.createDirectory(folder.file("run/checkpoints"))
    try FileManager.default.copyItem(
      atPath: Self.policies.appending(path: checkpoint).path,
      toPath: folder.file("run/checkpoints/000003"))
    let header = try JSONValue(parsing: RepositoryFiles.lines(trace)[0])
    let recorded = try #require(header["arguments"]?.arrayValue).compactMap(\.stringValue)
    let run = try TrainingProgram.run(
      recorded.filter { !$0.hasPrefix("--config_path") } + [
        "--config_path=\(folder.file("run"))",
        "--dataset.root=Fixtures/datasets/tiny",
        "--trace=\(folder.file("trace.jsonl"))",
      ])
    try #require(run.status == 0, "\(run.output)")
    let compared = try CommandRun(
      ["python3", "Scripts/compare_trace", trace.path, folder.file("trace.jsonl")])
    #expect(compared.status == 0, "\(compared.output)")
  }
}

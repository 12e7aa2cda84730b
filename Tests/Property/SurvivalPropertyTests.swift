import Foundation
import LeRobotCore
import Support
import Testing

/// Runs that are killed, stopped or out of disk lose nothing that was saved.
@Suite(.serialized) struct SurvivalPropertyTests {
  private let folder: TemporaryFolder
  private var output: String { folder.file("run") }

  init() throws { folder = try TemporaryFolder() }

  /// The smallest policy there is, saved after every step.
  private static let tiny = [
    "--dataset.repo_id=local/tiny", "--dataset.root=Fixtures/datasets/tiny",
    "--policy.type=act", "--policy.device=cpu", "--policy.push_to_hub=false",
    "--policy.dim_model=8", "--policy.n_heads=2", "--policy.dim_feedforward=16",
    "--policy.chunk_size=4", "--policy.n_action_steps=4", "--policy.n_encoder_layers=1",
    "--policy.n_vae_encoder_layers=1", "--policy.latent_dim=4",
    "--policy.pretrained_backbone_weights=null", "--batch_size=5", "--save_freq=1",
    "--log_freq=1", "--num_workers=0",
  ]

  @Test func killedRunsEndAsTheUndisturbedOne() throws {
    let run = try CommandRun(
      ["python3", "Scripts/torture", "--runs=3", "--seed=7", "--program=\(TrainingProgram.path)"])
    #expect(run.status == 0, "\(run.output)")
  }

  /// The policy is so large that its checkpoint takes far longer to write than a signal to arrive;
  /// what the second one leaves behind shows that the checkpoint was being written.
  @Test func aSecondInterruptDuringASaveHarmsNothing() throws {
    let large = [
      "--policy.dim_model=256", "--policy.dim_feedforward=2048", "--policy.n_encoder_layers=4",
      "--policy.n_vae_encoder_layers=4",
    ]
    let first = try TrainingProgram.run(
      Self.tiny + large + ["--steps=1", "--output_dir=\(output)"])
    try #require(first.status == 0, "\(first.output)")
    let program = try TrainingProgram.start([
      "--resume=true", "--config_path=\(output)", "--steps=100000", "--save_freq=100000",
    ])
    try program.wait(for: "step:2 ")
    program.send(SIGINT)
    try program.wait(for: "Stopping after this step")
    try program.wait {
      ((try? FileSystem.list(output + "/checkpoints")) ?? []).contains { $0.hasPrefix(".") }
    }
    program.send(SIGINT)
    let (end, log) = program.end()
    #expect(end == .exit(130), "\(log)")
    let names = try FileSystem.list(output + "/checkpoints")
    #expect(names.filter { !$0.hasPrefix(".") } == ["000001", "last"], "\(names)")
    #expect(names.contains { $0.hasPrefix(".") }, "the checkpoint was complete already")
    try expectToGoOn()
    #expect(try FileSystem.list(output + "/checkpoints") == ["000001", "000002", "last"])
  }

  @Test func aSecondInterruptAtOnceHarmsNothing() throws {
    let program = try start(steps: 100_000)
    program.send(SIGINT)
    try program.wait(for: "Stopping after this step")
    program.send(SIGINT)
    let (end, log) = program.end()
    #expect(end == .exit(130), "\(log)")
    try expectToGoOn()
  }

  @Test func terminatingDuringASaveIsATidyEnd() throws {
    let program = try start(steps: 100_000)
    program.send(SIGTERM)
    let (end, log) = program.end()
    #expect(end == .exit(0), "\(log)")
    let names = try FileSystem.list(output + "/checkpoints")
    #expect(names.allSatisfy { !$0.hasPrefix(".") }, "\(names)")
    #expect(FileSystem.linkTarget(output + "/checkpoints/last") == names.dropLast().last)
    try expectToGoOn()
  }

  @Test func aCheckpointThatDoesNotFitEndsTheRunWithOneLine() throws {
    let first = try TrainingProgram.run(Self.tiny + ["--steps=2", "--output_dir=\(output)"])
    try #require(first.status == 0, "\(first.output)")
    let before = try contents(of: output + "/checkpoints")
    // No file may grow beyond 8 KiB: the log's does not, the weights' does.
    let run = try limited(
      to: 8, ["--resume=true", "--config_path=\(output)/checkpoints/000002", "--steps=9"])
    #expect(run.status == 1)
    let last = run.output.split(separator: "\n").last.map(String.init) ?? ""
    #expect(
      last.hasPrefix("lerobot-train: error: step 3: checkpoint \(output)/checkpoints/000003 was "),
      "\(run.output)")
    #expect(
      last.hasSuffix(
        "resume with lerobot-train --resume=true --config_path=\(output)/checkpoints/000002/"
          + "pretrained_model/train_config.json"), "\(last)")
    #expect(try contents(of: output + "/checkpoints") == before)
    try expectToGoOn()
  }

  /// libtorch's own attention holds the scores of the whole chunk, here 1.6 TB.
  @Test func memoryThatRunsOutInAStepEndsTheRunWithOneLine() throws {
    let arguments =
      Self.tiny.filter { !$0.hasPrefix("--policy.chunk_size") } + [
        "--policy.chunk_size=200000", "--steps=2", "--output_dir=\(output)",
      ]
    let run = try CommandRun(["LEROBOT_PLAIN_KERNELS=1", TrainingProgram.path] + arguments)
    #expect(run.status == 1, "\(run.output)")
    let last = run.output.split(separator: "\n").last.map(String.init) ?? ""
    #expect(
      last.hasPrefix("lerobot-train: error: step 1: out of memory: "), "\(run.output)")
    #expect(last.hasSuffix("lower --batch_size; no checkpoint had been saved"), "\(last)")
    #expect(!run.output.contains("Fatal error"))
  }

  @Test func aLogLineThatDoesNotFitCostsNoTraining() throws {
    let run = try limited(
      to: 1, Self.tiny + ["--steps=20", "--save_checkpoint=false", "--output_dir=\(output)"])
    #expect(run.status == 0, "\(run.output)")
    #expect(run.output.contains("End of training"))
    // A warning of each file that did not fit.
    for file in ["metrics.jsonl", "report.html", "run.json"] {
      let warnings = run.output.split(separator: "\n").filter {
        $0.contains("lerobot-train \(file): ") && $0.hasSuffix("lines are missing there")
      }
      #expect(warnings.count == 1, "\(file): \(run.output)")
    }
    let lines = try RepositoryFiles.lines(URL(filePath: output + "/metrics.jsonl"))
    #expect(!lines.isEmpty && lines.count < 20)
    for line in lines { #expect(throws: Never.self) { try JSONValue(parsing: line) } }
  }

  /// Standard error on a full disk, with its reader gone, and closed.
  @Test(arguments: ["2>/dev/full", "2> >(true)", "2>&-"])
  func aLogNobodyCanReadCostsNoTraining(redirection: String) throws {
    let run = try CommandRun(
      [
        "--default-signal=PIPE", "bash", "-c", "\"$@\" \(redirection)", "bash",
        TrainingProgram.path,
      ] + Self.tiny + ["--steps=2", "--output_dir=\(output)"])
    #expect(run.status == 0, "\(run.output)")
    #expect(try RepositoryFiles.lines(URL(filePath: output + "/metrics.jsonl")).count == 2)
    try expectToGoOn()
  }

  @Test func textThatCannotBePrintedIsAnError() throws {
    let run = try CommandRun("bash", "-c", "'\(TrainingProgram.path)' --help >/dev/full")
    #expect(run.status == 1 && run.output.isEmpty, "\(run.output)")
  }

  @Test func aSecondRunInTheSameFolderIsRefused() throws {
    let program = try start(steps: 100_000)
    let run = try TrainingProgram.run([
      "--resume=true", "--config_path=\(output)", "--steps=200000",
    ])
    program.send(SIGTERM)
    #expect(run.status == 1 && run.output.contains("another run is writing there"), "\(run.output)")
    #expect(program.end().0 == .exit(0))
  }

  @Test func onlyTheKeptCheckpointsAreLeftAndAResumedRunKeepsAsMany() throws {
    let run = try TrainingProgram.run(
      Self.tiny + [
        "--steps=5", "--keep_checkpoints=2", "--dataset.frame_cache=off", "--output_dir=\(output)",
      ])
    try #require(run.status == 0, "\(run.output)")
    #expect(try FileSystem.list(output + "/checkpoints") == ["000004", "000005", "last"])
    #expect(run.output.contains("train_config.json --steps=10\n"), "\(run.output)")
    let resumed = try TrainingProgram.run([
      "--resume=true", "--config_path=\(output)", "--steps=7",
    ])
    try #require(resumed.status == 0, "\(resumed.output)")
    #expect(try FileSystem.list(output + "/checkpoints") == ["000006", "000007", "last"])
    let all = try TrainingProgram.run([
      "--resume=true", "--config_path=\(output)", "--steps=8", "--keep_checkpoints=null",
    ])
    try #require(all.status == 0, "\(all.output)")
    #expect(try FileSystem.list(output + "/checkpoints") == ["000006", "000007", "000008", "last"])
  }

  /// A run none of whose files may grow beyond some KiB, the signal for that at its default.
  private func limited(to size: Int, _ arguments: [String]) throws -> CommandRun {
    try CommandRun(
      [
        "--default-signal=XFSZ", "bash", "-c", "ulimit -f \(size); exec \"$@\"", "bash",
        TrainingProgram.path,
      ] + arguments)
  }

  /// Starts a run and returns once it has a checkpoint.
  private func start(steps: Int) throws -> RunningProgram {
    let program = try TrainingProgram.start(
      Self.tiny + ["--steps=\(steps)", "--keep_checkpoints=5", "--output_dir=\(output)"])
    // A save returns once the one before is complete, and the next step's line comes after it.
    try program.wait(for: "Checkpoint policy after step 3\n")
    return program
  }

  /// What `last` points at loads, and can be resumed for a step.
  private func expectToGoOn() throws {
    let checkpoint = try Checkpoint.open(output)
    let step = try checkpoint.readTrainingState().step
    #expect(step >= 1)
    let run = try TrainingProgram.run([
      "--resume=true", "--config_path=\(output)", "--steps=\(step + 1)",
    ])
    #expect(run.status == 0, "\(run.output)")
    let lines = try RepositoryFiles.lines(URL(filePath: output + "/metrics.jsonl"))
    let steps = try lines.map { try JSONValue(parsing: $0)["steps"]?.intValue }
    #expect(steps == (1...step + 1).map { $0 })
  }
}

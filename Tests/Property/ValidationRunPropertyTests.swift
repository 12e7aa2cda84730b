import Foundation
import LeRobotCore
import Support
import Testing

/// Whole runs that validate, average their weights, accumulate gradients and keep their best
/// checkpoints.
@Suite(.serialized) struct ValidationRunPropertyTests {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  /// Three episodes of 21 frames together; steps cross the end of a pass.
  private static let pictures =
    TrainingProgram.smallest + [
      "--dataset.root=Fixtures/layouts/v30", "--dataset.episodes=null", "--batch_size=4",
      #"--dataset.camera_keys=["observation.image"]"#, "--num_workers=0", "--log_freq=3",
      "--dataset.eval_split=0.3",
    ]

  private static let policies: [[String]] =
    [
      TrainingProgram.smallest, TrainingProgram.smallestDiffusion, TrainingProgram.smallestVQBeT,
      TrainingProgram.smallestTDMPC,
    ].map {
      $0 + [
        "--dataset.episodes=[0,1]", "--validation.episodes=[1]", "--batch_size=4",
        "--num_workers=0", "--log_freq=1", "--validation.action_frames=6", "--max_eval_samples=9",
      ]
    }

  private func train(_ arguments: [String], into name: String) throws -> CommandRun {
    let run = try TrainingProgram.run(arguments + ["--output_dir=\(folder.file(name))"])
    try #require(run.status == 0, "\(run.output)")
    return run
  }

  private func bytes(_ run: String, _ file: String) -> Data? {
    FileManager.default.contents(atPath: "\(folder.file(run))/\(file)")
  }

  /// The lines of metrics.jsonl of a kind.
  private func records(_ run: String, _ kind: MetricsRecord.Kind) throws -> [MetricsRecord] {
    try RepositoryFiles.lines(URL(filePath: folder.file(run) + "/metrics.jsonl"))
      .compactMap { MetricsRecord(line: $0) }.filter { $0.kind == kind }
  }

  private func losses(_ run: String) throws -> [Double?] {
    try records(run, .training).map { $0["loss"] }
  }

  // MARK: - Nothing of the training changes

  /// Of every policy, the ones with running statistics and codebooks too.
  @Test(arguments: policies)
  func aValidatedRunIsBitForBitTheSame(_ arguments: [String]) throws {
    let plain =
      arguments.filter { !$0.hasPrefix("--validation.episodes") }
      + ["--steps=6", "--save_freq=6", "--dataset.eval_split=0.5"]
    let validated =
      arguments + [
        "--steps=6", "--save_freq=6", "--eval_steps=2", "--ema.enable=true", "--ema.power=0.5",
        "--eval.at_start=true",
      ]
    _ = try train(plain, into: "plain")
    let run = try train(validated, into: "validated")
    #expect(try losses("plain") == losses("validated"))
    #expect(try losses("plain").count == 6)
    for file in [
      "pretrained_model/model.safetensors", "training_state/optimizer_state.safetensors",
      "training_state/rng_state.safetensors",
    ] {
      let path = "checkpoints/000006/\(file)"
      let expected = bytes("plain", path)
      #expect(expected != nil && expected == bytes("validated", path), "\(file)")
    }
    let lines = try records("validated", .validation)
    #expect(lines.map(\.step) == [0, 2, 4, 6], "\(run.output)")
    for line in lines {
      for name in ["eval_loss", "eval_loss_ema", "action_error", "action_error_ema"] {
        #expect(line[name]?.isFinite == true, "\(name) after step \(line.step)")
      }
      #expect(line["action_error_hold"] == lines[0]["action_error_hold"])
    }
    #expect(Set(lines.compactMap { $0["action_error"] }).count > 1)
    let average = bytes("validated", "checkpoints/000006/pretrained_model_ema/model.safetensors")
    let weights = bytes("validated", "checkpoints/000006/pretrained_model/model.safetensors")
    #expect(average != nil && average != weights)
  }

  /// Options of this page in any combination: a run that was stopped ends like one that was not.
  @Test(arguments: 0..<Effort.count(3, of: 16))
  func resumedRunEndsBitForBitTheSame(seed: Int) throws {
    var generator = SplitMix64(seed: UInt64(seed))
    let choices = [
      ["--ema.enable=true", "--ema.update_after_step=2"], ["--ema.enable=true", "--ema.decay=0.7"],
      ["--accelerator.gradient_accumulation.steps=2"], ["--eval_steps=2", "--keep_best=2"],
      ["--eval_steps=3", "--keep_checkpoints=2"], ["--dataset.image_transforms.enable=true"],
      ["--backend=reference", "--policy.dim_model=8", "--batch_size=1"],
    ]
    let chosen = choices.filter { _ in Bool.random(using: &generator) }.flatMap(\.self)
    let arguments =
      Self.pictures + ["--steps=9", "--save_freq=4", "--validation.action_frames=5"] + chosen
    _ = try train(arguments, into: "whole")
    let moved = folder.file("moved")
    try FileManager.default.copyItem(atPath: folder.file("whole"), toPath: moved)
    try FileManager.default.removeItem(atPath: moved + "/checkpoints/000009")
    let kept = try FileSystem.list("\(moved)/checkpoints").filter { $0.hasPrefix("0") }.sorted()
    let start = try #require(kept.first)
    let resumed = try TrainingProgram.run([
      "--resume=true",
      "--config_path=\(moved)/checkpoints/\(start)/pretrained_model/train_config.json",
    ])
    try #require(resumed.status == 0, "\(chosen): \(resumed.output)")
    for file in [
      "pretrained_model/model.safetensors", "pretrained_model_ema/model.safetensors",
      "training_state/optimizer_state.safetensors", "training_state/rng_state.safetensors",
      "training_state/resume_state.safetensors",
    ] {
      let path = "checkpoints/000009/\(file)"
      #expect(bytes("whole", path) == bytes("moved", path), "\(chosen) from \(start): \(file)")
    }
    #expect(bytes("whole", "checkpoints/000009/pretrained_model/model.safetensors") != nil)
    #expect(try losses("whole") == losses("moved"))
    func errors(_ run: String) throws -> [Double?] {
      try records(run, .validation).map { $0["action_error"] }
    }
    #expect(try errors("whole") == errors("moved"), "\(chosen)")
    for link in ["best", "last"] {
      #expect(
        FileSystem.linkTarget("\(folder.file("whole"))/checkpoints/\(link)")
          == FileSystem.linkTarget("\(moved)/checkpoints/\(link)"), "\(chosen): \(link)")
    }
  }

  // MARK: - The best checkpoints

  @Test func theBestIsTheOneThatMeasuresBestAgain() throws {
    let validating = [
      "--eval_steps=1", "--validation.action_frames=7", "--policy.optimizer_lr=1e-3",
    ]
    _ = try train(
      Self.pictures + validating + ["--steps=8", "--save_freq=3", "--keep_best=2"], into: "run")
    let lines = try records("run", .validation)
    let errors = lines.map { ($0.step, $0["action_error"] ?? .nan) }
    let sorted = errors.sorted { $0.1 < $1.1 }
    let checkpoints = folder.file("run") + "/checkpoints"
    let best = try #require(FileSystem.linkTarget("\(checkpoints)/best"))
    #expect(Int(best) == sorted[0].0)
    // Those of every third step, the last one, and the two best.
    let names = try FileSystem.list(checkpoints).compactMap { Int($0) }
    #expect(Set(names) == Set([3, 6, 8] + sorted.prefix(2).map(\.0)))
    _ = try train(
      Self.pictures.filter { !$0.hasPrefix("--policy.") } + [
        "--policy.path=\(checkpoints)/best/pretrained_model", "--policy.push_to_hub=false",
        "--steps=0", "--eval_steps=1", "--validation.action_frames=7",
      ], into: "again")
    let again = try #require(records("again", .validation).last?["action_error"])
    #expect(again == sorted[0].1)
  }

  @Test func keptCheckpointsSpareTheBest() throws {
    // With so large a rate the policy gets worse after its first steps.
    _ = try train(
      Self.pictures + [
        "--steps=8", "--save_freq=1", "--keep_checkpoints=1", "--eval_steps=1",
        "--validation.action_frames=7", "--policy.optimizer_lr=0.3",
      ], into: "run")
    let checkpoints = folder.file("run") + "/checkpoints"
    let best = try #require(FileSystem.linkTarget("\(checkpoints)/best"))
    let names = try FileSystem.list(checkpoints).filter { $0.hasPrefix("0") }
    #expect(Set(names) == [best, "000008"])
    #expect(best != "000008", "the last must not be the best for this test to mean something")
  }

  @Test func patienceEndsARun() throws {
    let run = try train(
      Self.pictures + [
        "--steps=400", "--save_freq=400", "--eval_steps=1", "--patience=2",
        "--validation.action_frames=7", "--policy.optimizer_lr=0.3",
      ], into: "run")
    let lines = try records("run", .validation)
    let errors = lines.compactMap { $0["action_error"] }
    let last = try #require(lines.last?.step)
    #expect(last < 400 && run.output.contains("Ending after step \(last)"), "\(run.output)")
    #expect(errors.dropLast(2).min() == errors.min() && errors.count == last)
    let link = FileSystem.linkTarget("\(folder.file("run"))/checkpoints/last")
    #expect(link == "\(lines.count)".padded)
  }

  @Test func aTimeLimitSavesAndEnds() throws {
    let run = try train(
      Self.pictures + ["--steps=100000", "--time_limit=0.2", "--save_freq=0"], into: "run")
    #expect(run.output.contains("The time limit of 0.2s is reached"), "\(run.output)")
    let checkpoint = try Checkpoint.open(folder.file("run"))
    #expect(try checkpoint.readTrainingState().step < 100_000)
  }

  // MARK: - The same command again and again

  @Test func resumingAutomaticallyBeginsAndGoesOn() throws {
    let arguments =
      Self.pictures + ["--save_freq=2", "--resume=auto", "--eval_steps=2", "--ema.enable=true"]
    _ = try train(arguments + ["--steps=6"], into: "whole")
    let begun = try train(arguments + ["--steps=4"], into: "parts")
    #expect(!begun.output.contains("Resum"))
    // The newest checkpoint is cut short, as on a disk that lost its last writes.
    let damaged = folder.file("parts") + "/checkpoints/000004/pretrained_model/model.safetensors"
    try FileHandle(forWritingTo: URL(filePath: damaged)).truncate(atOffset: 5000)
    let again = try train(arguments + ["--steps=6"], into: "parts")
    #expect(again.output.contains("000004: the checkpoint is not whole; the run continues from"))
    for file in ["pretrained_model/model.safetensors", "pretrained_model_ema/model.safetensors"] {
      let path = "checkpoints/000006/\(file)"
      #expect(bytes("whole", path) != nil && bytes("whole", path) == bytes("parts", path))
    }
    let config = try JSONValue(
      parsing: #require(bytes("whole", "checkpoints/000006/pretrained_model/train_config.json")))
    #expect(config["resume"] == true)
    #expect(config["ema"] == nil && config["dataset"]?["eval_split"] == nil)
    let finished = try train(arguments + ["--steps=6"], into: "parts")
    #expect(finished.output.contains("End of training"))
  }

  // MARK: - Bad input

  @Test(arguments: [
    (["--eval_steps=5", "--dataset.eval_split=0"], "there is nothing to validate on"),
    (["--dataset.eval_split=1"], "--dataset.eval_split=1: give a number from 0 to below 1"),
    (["--dataset.eval_split=0.9", "--eval_steps=1"], "all 3 episodes are held out"),
    (
      ["--dataset.eval_split=0", "--validation.episodes=[9]", "--eval_steps=1"],
      "episode 9 is not"
    ),
    (["--validation.episodes=[1]", "--eval_steps=1"], "leave one out"),
    (["--dataset.eval_split=0", "--validation.episodes=[1]"], "--eval_steps=1000"),
    (["--dataset.eval_split=0", "--validation.root=/nowhere", "--eval_steps=1"], "/nowhere"),
    (["--best_metric=eval/success"], "no environment is evaluated"),
    (["--best_metric=validation/action_error"], "nothing is validated"),
    (["--best_metric=validation/action_error_ema", "--eval_steps=1"], "--ema.enable=true"),
    (["--patience=0"], "--patience=0: give 1 or more"), (["--time_limit=soon"], "give a time"),
    (["--ema.decay=2"], "--ema.decay=2: give a number from 0 to 1"),
    (["--ema.decay=0.9", "--ema.max_decay=0.5"], "leave out ema.min_decay"),
    (["--accelerator.gradient_accumulation.steps=0"], "give a number from 1"),
  ])
  func badOptionsAreErrorsInALine(_ options: [String], _ message: String) throws {
    let output = folder.file("bad")
    let run = try TrainingProgram.run(
      Self.pictures + ["--steps=2", "--output_dir=\(output)"] + options)
    let lines = run.output.split(separator: "\n").filter { $0.contains("error: ") }
    #expect(run.status != 0 && lines.count == 1, "\(run.output)")
    #expect(lines.first?.contains(message) == true, "\(run.output)")
    #expect(!FileManager.default.fileExists(atPath: output))
  }

  @Test func automaticResumeNeedsAFolder() throws {
    let run = try TrainingProgram.run(Self.pictures + ["--steps=2", "--resume=auto"])
    #expect(run.status != 0)
    #expect(run.output.contains("needs the folder of the run: give --output_dir"))
  }
}

extension String {
  /// As a checkpoint's name.
  fileprivate var padded: String { String(repeating: "0", count: 6 - count) + self }
}

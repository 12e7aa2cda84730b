import Foundation
import LeRobotCore
import Support
import Testing

/// Whole runs of π₀ and π₀.₅ of tiny sizes.
@Suite(.serialized) struct PIRunPropertyTests {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  @discardableResult
  private func train(_ name: String, policy: String = "pi0", _ arguments: [String]) throws
    -> CommandRun
  {
    try run(
      TrainingProgram.smallestPI(policy) + TrainingProgram.narrowPI
        + ["--num_workers=0", "--output_dir=\(folder.file(name))"] + arguments)
  }

  private func run(_ arguments: [String]) throws -> CommandRun {
    let run = try TrainingProgram.run(arguments)
    try #require(run.status == 0, "\(run.output)")
    return run
  }

  private func checkpoint(_ name: String, step: Int) -> String {
    folder.file("\(name)/checkpoints/00000\(step)")
  }

  private func weights(_ name: String, step: Int) throws -> NamedTensors {
    try Checkpoint.open(checkpoint(name, step: step)).weights()
  }

  /// Those of PaliGemma, and of its tower.
  private static let model = "model.paligemma_with_expert.paligemma."
  private static let tower = model + "model.vision_tower."

  @Test(arguments: ["pi0", "pi05"], ["float32", "bfloat16"])
  func aResumedRunEqualsOneThatWasNotInterrupted(policy: String, type: String) throws {
    let shared = [
      "--policy.dtype=\(type)", "--policy.gradient_checkpointing=true",
      "--policy.train_expert_only=\(type == "bfloat16")", "--save_freq=2", "--steps=4",
    ]
    try train("whole", policy: policy, shared)
    try train("halves", policy: policy, shared)
    for lost in ["000004", "last"] {
      try FileManager.default.removeItem(atPath: folder.file("halves/checkpoints/\(lost)"))
    }
    // Sizes, tokenizer and what is frozen are saved with the run.
    _ = try run(["--resume=true", "--config_path=\(checkpoint("halves", step: 2))"])
    for file in [
      "pretrained_model/model.safetensors", "training_state/optimizer_state.safetensors",
    ] {
      let (a, b) = try (
        TextFile.bytes("\(checkpoint("whole", step: 4))/\(file)"),
        TextFile.bytes("\(checkpoint("halves", step: 4))/\(file)")
      )
      #expect(a == b, "\(file)")
    }
  }

  @Test(arguments: [
    ("train_expert_only", Self.model), ("freeze_vision_encoder", Self.tower),
  ])
  func whatIsFrozenStaysAndIsFrozenInRunsThatFollow(option: String, part: String) throws {
    try train("first", ["--policy.\(option)=true", "--steps=2", "--save_freq=1"])
    let pretrained = "\(checkpoint("first", step: 2))/pretrained_model"
    for file in ["config.json", "train_config.json"] {
      #expect(try !TextFile.read("\(pretrained)/\(file)").contains(option), "\(file)")
    }
    let rest = TrainingProgram.smallestPI("pi0").filter { !$0.hasPrefix("--policy.") }
    let follow =
      rest + [
        "--policy.path=\(pretrained)", "--policy.push_to_hub=false", "--num_workers=0", "--steps=1",
      ]
    _ = try run(follow + ["--output_dir=\(folder.file("second"))"])
    let last = try weights("second", step: 1)
    try expectFrozen(part, in: weights("first", step: 1), weights("first", step: 2))
    try expectFrozen(part, in: weights("first", step: 2), last)
    // What is typed stands above what was saved.
    _ = try run(
      follow + ["--policy.\(option)=false", "--output_dir=\(folder.file("third"))"])
    let moved = try changed(from: weights("first", step: 2), to: weights("third", step: 1))
    #expect(moved.contains { $0.hasPrefix(part) })
  }

  /// Expects that some weights moved, and none of a part.
  private func expectFrozen(_ part: String, in before: NamedTensors, _ after: NamedTensors) {
    let moved = changed(from: before, to: after)
    #expect(!moved.isEmpty && !moved.contains { $0.hasPrefix(part) }, "\(moved)")
  }

  private func changed(from before: NamedTensors, to after: NamedTensors) -> [String] {
    before.keys.filter { before[$0] != after[$0] }
  }

  @Test func sizesThatAreNotGivenAgainAreTheCheckpoints() throws {
    try train("first", policy: "pi05", ["--steps=1", "--save_freq=1"])
    let options = try TextFile.read(
      "\(checkpoint("first", step: 1))/training_state/run_options.json")
    #expect(options.contains("policy_sizes") && options.contains("tokenizer_path"), "\(options)")
    let trained = try run([
      "--policy.path=\(checkpoint("first", step: 1))/pretrained_model",
      "--dataset.repo_id=local/pusht_demo", "--dataset.root=Fixtures/datasets/pusht_demo",
      "--dataset.episodes=[1]", "--policy.push_to_hub=false", "--batch_size=2", "--steps=1",
      "--num_workers=0", "--output_dir=\(folder.file("second"))",
    ])
    #expect(!trained.output.contains("warning"), "\(trained.output)")
    #expect(Array(try weights("first", step: 1).keys) == Array(try weights("second", step: 1).keys))
  }

  /// Actions less the state at their chunk's beginning, which only newer LeRobots know.
  @Test func relativeActionsAreTrainedSavedAndResumed() throws {
    let shared = [
      "--policy.use_relative_actions=true", #"--policy.relative_exclude_joints=["_1"]"#,
      "--steps=2",
      "--save_freq=1",
    ]
    let plain = try train("plain", ["--steps=2", "--save_freq=1"])
    let whole = try train("whole", shared)
    #expect(plain.output != whole.output)
    let pretrained = "\(checkpoint("whole", step: 1))/pretrained_model"
    let before = try TextFile.read("\(pretrained)/policy_preprocessor.json")
    #expect(
      before.contains("\"delta_actions_processor\"") && before.contains("motor_1"), "\(before)")
    let behind = try TextFile.read("\(pretrained)/policy_postprocessor.json")
    #expect(behind.contains("\"absolute_actions_processor\""), "\(behind)")
    #expect(try !TextFile.read("\(pretrained)/config.json").contains("relative"))
    try train("halves", shared)
    for lost in ["000002", "last"] {
      try FileManager.default.removeItem(atPath: folder.file("halves/checkpoints/\(lost)"))
    }
    _ = try run(["--resume=true", "--config_path=\(checkpoint("halves", step: 1))"])
    #expect(try weights("halves", step: 2) == weights("whole", step: 2))
    #expect(try weights("plain", step: 2) != weights("whole", step: 2))
  }

  /// Nothing is built for a machine that is named: the published sizes would not fit here.
  @Test func aDryRunForAnotherMachineTellsWhatFits() throws {
    let asked = TrainingProgram.smallestPI("pi0").filter { !$0.contains("image_resolution") }
    let told = try run(asked + ["--dry_run", "--memory=80GB", "--policy.dtype=bfloat16"])
    let lines = told.output.split(separator: "\n").map(String.init)
    let table = lines.drop { !$0.contains("memory forecast for batches of 4 in 80.0 GB") }
      .dropFirst()
    #expect(table.count == 14 && table.last == "Nothing was built.", "\(told.output)")
    let own = table.dropFirst().first ?? ""
    #expect(own.hasPrefix("* bfloat16  false") && own.hasSuffix("  fits"), "\(own)")
    #expect(own.contains("  7.0 GB  "), "3.5 billion weights: \(own)")
    #expect(table.allSatisfy { !$0.hasSuffix("does not fit") })
    let small = try run(asked + ["--dry_run", "--memory=16GB", "--policy.dtype=bfloat16"])
    #expect(small.output.contains("  does not fit\n"), "\(small.output)")
    #expect(small.output.contains("this fits: --policy.train_expert_only=true"), "\(small.output)")
  }

  @Test(arguments: [
    (["--memory=80GB"], "--memory=80GB: it plans a dry run; add --dry_run"),
    (["--dry_run", "--memory=lots"], "--memory=lots: give a size, as 80GB"),
  ])
  func aMemoryThatCannotBePlannedForIsALine(arguments: [String], text: String) throws {
    let run = try TrainingProgram.run(TrainingProgram.smallestPI("pi0") + arguments)
    #expect(run.status != 0 && run.output.contains(text), "\(run.output)")
    let act = try TrainingProgram.run(TrainingProgram.smallest + ["--dry_run", "--memory=1GB"])
    #expect(act.status == 1 && act.output.contains("act is measured and not forecast"))
  }

  /// LeRobot prints a failure and trains on what it drew (Q-PI-2).
  @Test func aTensorThatAFileLacksIsALine() throws {
    try train("first", ["--steps=1", "--save_freq=1"])
    let pretrained = "\(checkpoint("first", step: 1))/pretrained_model"
    var tensors = try weights("first", step: 1)
    let lost = "model.action_in_proj.bias"
    #expect(tensors.removeValue(forKey: lost) != nil)
    try SafetensorsWriter.write(tensors, to: "\(pretrained)/model.safetensors")
    let run = try TrainingProgram.run(
      ["--policy.path=\(pretrained)", "--policy.push_to_hub=false", "--steps=1"]
        + TrainingProgram.smallestPI("pi0").filter { $0.hasPrefix("--dataset.") }
        + ["--output_dir=\(folder.file("second"))"])
    let last = run.output.split(separator: "\n").last ?? ""
    #expect(run.status == 1 && last.hasPrefix("lerobot-train: error: "), "\(run.output)")
    #expect(last.contains(lost), "\(last)")
  }
}

import Foundation
import LeRobotCore
import Support
import Testing

/// `--backend=reference`: the same command, the same loop, the same checkpoints.
@Suite(.serialized) struct ReferenceRunPropertyTests {
  /// Beside ACT's own AdamW: momentum, a schedule, and an optimizer per parameter group.
  private static let optimizers: [String: [String]] = [
    "adamw": [],
    "sgd": [
      "--use_policy_training_preset=false", "--optimizer.type=sgd", "--optimizer.momentum=0.9",
      "--scheduler.type=diffuser", "--scheduler.name=cosine", "--scheduler.num_warmup_steps=2",
    ],
    "multi_adam": [
      "--use_policy_training_preset=false", "--optimizer.type=multi_adam",
      "--optimizer.optimizer_groups={default: {betas: [0.8, 0.9]}}",
      "--scheduler.type=diffuser", "--scheduler.name=cosine", "--scheduler.num_warmup_steps=2",
    ],
  ]

  /// Steps 4 to 7 cross the end of a pass of 4 batches.
  @Test(arguments: optimizers.keys.sorted(), ["fast", "reference"])
  func resumedRunEndsBitForBitTheSame(optimizer: String, backend: String) throws {
    let whole = try TinyRun()
    let run = try whole.train(
      ["--backend=\(backend)", "--steps=7", "--save_freq=3", "--trace=whole.jsonl"]
        + (Self.optimizers[optimizer] ?? []))
    try #require(run.status == 0, "\(run.output)")
    let resumed = try TinyRun()
    try resumed.take(whole.checkpoint(3), step: 3)
    let rest = try resumed.resume(3, to: 7, ["--backend=\(backend)", "--trace=rest.jsonl"])
    try #require(rest.status == 0, "\(rest.output)")
    // Only the two configurations say that this run was resumed.
    let expected = try contents(of: whole.checkpoint(7)).filter { !$0.key.hasSuffix("config.json") }
    let found = try contents(of: resumed.checkpoint(7))
    #expect(expected.count >= 11)
    for (file, bytes) in expected { #expect(found[file] == bytes, "\(file)") }
    let losses = try TrainingTrace(whole.file("whole.jsonl")).losses
    #expect(try TrainingTrace(resumed.file("rest.jsonl")).losses == Array(losses.dropFirst(3)))
  }

  @Test func severalAdamsAreSavedUnderTheirNames() throws {
    let run = try TinyRun()
    let done = try run.train(["--steps=1"] + (Self.optimizers["multi_adam"] ?? []))
    try #require(done.status == 0, "\(done.output)")
    let state = try Checkpoint.open(run.checkpoint(1)).readTrainingState()
    #expect(Array(state.optimizers.keys) == ["default"])
    let saved = try #require(state.optimizers["default"])
    #expect(saved.options[0]["betas"] == .array([.double(0.8), .double(0.9)]))
    #expect(saved.options[0]["eps"]?.doubleValue == 1e-5)
    #expect(saved.state.slots.count == saved.state.groups[0].count)
  }

  /// Whoever began, both go on alike.
  @Test(arguments: ["fast", "reference"])
  func eitherEngineGoesOnFromTheOthersCheckpoint(first: String) throws {
    let start = try TinyRun()
    let run = try start.train(["--backend=\(first)", "--steps=3"])
    try #require(run.status == 0, "\(run.output)")
    let traces = try ["fast", "reference"].map { second in
      let rest = try TinyRun()
      try rest.take(start.checkpoint(3), step: 3)
      let done = try rest.resume(3, to: 8, ["--backend=\(second)", "--trace=rest.jsonl"])
      try #require(done.status == 0, "\(done.output)")
      return try TrainingTrace(rest.file("rest.jsonl"))
    }
    #expect(traces[0].losses.count == 5 && traces[0].indices == traces[1].indices)
    let losses = mismatch(traces[0].losses, traces[1].losses, relative: 1e-5)
    #expect(losses == nil)
    let norms = mismatch(traces[0].gradientNorms, traces[1].gradientNorms, relative: 1e-4)
    #expect(norms == nil)
  }
}

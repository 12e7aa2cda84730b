import Foundation
import LeRobotCore
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

  @Test(arguments: ["this program", "LeRobot"], ["act", "diffusion", "vqbet", "tdmpc"])
  func bothSelectTheSameAction(trainer: String, policy: String) throws {
    let smallest =
      switch policy {
      case "act": TrainingProgram.smallest
      case "diffusion": TrainingProgram.smallestDiffusion
      case "tdmpc": TrainingProgram.smallestTDMPC
      default: TrainingProgram.smallestVQBeT + ["--policy.n_vqvae_training_steps=1"]
      }
    try expectTheSameAction(trainer: trainer, smallest)
  }

  /// With Q-SMOLVLA-1 mended in LeRobot.
  @Test(
    .enabled(if: LeRobotPeer.has("transformers"), "needs transformers in LEROBOT_PEER"),
    arguments: ["this program", "LeRobot"])
  func bothSelectTheSameActionBesideALanguageModel(trainer: String) throws {
    try expectTheSameAction(
      trainer: trainer, TrainingProgram.smallestSmolVLA,
      runner: "Fixtures/generate/smolvla_run.py")
  }

  /// Of tiny sizes, which LeRobot knows from its runner.
  @Test(
    .enabled(if: LeRobotPeer.has("transformers"), "needs transformers in LEROBOT_PEER"),
    arguments: ["this program", "LeRobot"], ["pi0", "pi05"])
  func bothSelectTheSameActionBesidePaliGemma(trainer: String, policy: String) throws {
    try expectTheSameAction(
      trainer: trainer, TrainingProgram.smallestPI(policy), own: TrainingProgram.narrowPI,
      runner: "Fixtures/generate/pi_run.py")
  }

  /// LeRobot 0.4.2 would take relative actions for positions.
  @Test(.enabled(if: LeRobotPeer.has("transformers"), "needs transformers in LEROBOT_PEER"))
  func leRobotRefusesRelativeActions() throws {
    let folder = try TemporaryFolder()
    let run = try TrainingProgram.run(
      TrainingProgram.smallestPI("pi0") + TrainingProgram.narrowPI + [
        "--policy.use_relative_actions=true", "--steps=1", "--num_workers=0",
        "--output_dir=\(folder.file("run"))",
      ])
    try #require(run.status == 0, "\(run.output)")
    let error = #expect(throws: MissingGolden.self) {
      try SelectedAction.lerobots(
        with: Checkpoint.open(folder.file("run")).pretrainedModel, dataset: dataset, frame: frame,
        peer: peer, runner: "Fixtures/generate/pi_run.py")
    }
    #expect(error?.key.contains("delta_actions_processor") == true, "\(error?.key ?? "")")
  }

  /// Trains two steps and asks both programs for an action.
  ///
  /// - Parameters:
  ///   - own: arguments for this program alone.
  ///   - runner: a program in Python that runs LeRobot's programs; none for nil.
  private func expectTheSameAction(
    trainer: String, _ policy: [String], own: [String] = [], runner: String? = nil
  ) throws {
    let folder = try TemporaryFolder()
    let output = folder.file("run")
    let arguments = policy + ["--steps=2", "--num_workers=0", "--output_dir=\(output)"]
    let run =
      trainer == "LeRobot"
      ? try CommandRun(
        ["HF_HUB_OFFLINE=1", "\(peer)/bin/python", runner ?? "-m", "lerobot.scripts.lerobot_train"]
          + arguments)
      : try TrainingProgram.run(arguments + own)
    try #require(run.status == 0, "\(run.output)")
    let checkpoint = try Checkpoint.open(output)
    let ours = try SelectedAction.ours(with: checkpoint, dataset: dataset, frame: frame)
    let theirs = try SelectedAction.lerobots(
      with: checkpoint.pretrainedModel, dataset: dataset, frame: frame, peer: peer, runner: runner)
    #expect(ours.count == theirs.count)
    for (a, b) in zip(ours, theirs) { #expect(abs(a - b) <= 1e-5 * max(1, abs(b))) }
  }

  /// The moving average of the weights is a whole policy of its own.
  @Test func leRobotActsByTheAverage() throws {
    let folder = try TemporaryFolder()
    let run = try TrainingProgram.run(
      TrainingProgram.smallest + [
        "--steps=4", "--num_workers=0", "--output_dir=\(folder.file("run"))", "--ema.enable=true",
        "--ema.decay=0.5",
      ])
    try #require(run.status == 0, "\(run.output)")
    let average = try #require(Checkpoint.open(folder.file("run")).averagedModel)
    let live = try SelectedAction.ours(
      with: Checkpoint.open(folder.file("run")), dataset: dataset, frame: frame)
    let ours = try SelectedAction.ours(with: average, dataset: dataset, frame: frame)
    let theirs = try SelectedAction.lerobots(
      with: average.pretrainedModel, dataset: dataset, frame: frame, peer: peer)
    #expect(ours != live && ours.count == theirs.count)
    for (a, b) in zip(ours, theirs) { #expect(abs(a - b) <= 1e-5 * max(1, abs(b))) }
  }

  /// LeRobot begins a new pass when it resumes (Q-RUN-2), and so does this program where a
  /// checkpoint does not say where its pass stood.
  @Test(arguments: ["fast", "reference"])
  func leRobotGoesOnFromACheckpointAsThisProgramDoes(backend: String) throws {
    let start = try TinyRun()
    let trained = try start.train(["--backend=\(backend)", "--steps=3"])
    try #require(trained.status == 0, "\(trained.output)")
    let state = "training_state/resume_state.safetensors"
    try FileManager.default.removeItem(atPath: "\(start.checkpoint(3))/\(state)")
    let (ours, theirs) = (try TinyRun(), try TinyRun())
    for rest in [ours, theirs] { try rest.take(start.checkpoint(3), step: 3) }
    let done = try ours.resume(3, to: 8, ["--backend=\(backend)", "--trace=rest.jsonl"])
    try #require(done.status == 0, "\(done.output)")
    let script = RepositoryFiles.root.appending(path: "Scripts/trace_lerobot").path
    let other = try theirs.run(
      ["HF_HUB_OFFLINE=1", "\(peer)/bin/python", script, "rest.jsonl"] + theirs.resuming(3, to: 8))
    try #require(other.status == 0, "\(other.output)")
    let a = try TrainingTrace(theirs.file("rest.jsonl"))
    let b = try TrainingTrace(ours.file("rest.jsonl"))
    #expect(a.losses.count == 5 && a.indices == b.indices)
    let losses = mismatch(a.losses, b.losses, relative: 1e-5)
    #expect(losses == nil)
    let norms = mismatch(a.gradientNorms, b.gradientNorms, relative: 1e-4)
    #expect(norms == nil)
  }

  /// Six steps of LeRobot and then six of either program; six of this program and then six of
  /// LeRobot. All three go on with the same losses.
  @Test(arguments: ["adamw", "adam", "sgd"])
  func sixStepsAndSixMoreAreTheSameWhoeverDoesWhich(optimizer: String) throws {
    let folder = try TemporaryFolder()
    let arguments =
      TrainingProgram.smallest + Self.optimizers[optimizer, default: []] + [
        "--steps=6", "--num_workers=0", "--eval_freq=0",
      ]
    let lerobot = ["HF_HUB_OFFLINE=1", "\(peer)/bin/python"]
    let (theirs, ours) = (folder.file("theirs"), folder.file("ours"))
    let first = try CommandRun(
      lerobot + ["-m", "lerobot.scripts.lerobot_train"] + arguments + ["--output_dir=\(theirs)"])
    try #require(first.status == 0, "\(first.output)")
    let own = try TrainingProgram.run(arguments + ["--output_dir=\(ours)"])
    try #require(own.status == 0, "\(own.output)")
    // LeRobot draws a new pass (Q-RUN-2); so does this program where it is not told of the old one.
    func resuming(_ run: String, trace: String) throws -> [String] {
      let copy = folder.file(trace + ".run")
      try FileManager.default.copyItem(atPath: run, toPath: copy)
      return [
        "--resume=true", "--steps=12", "--save_checkpoint=false", "--output_dir=\(copy)",
        "--config_path=\(copy)/checkpoints/000006/pretrained_model/train_config.json",
      ]
    }
    func leRobotResumes(_ run: String, trace: String) throws -> String {
      let path = folder.file(trace)
      let run = try CommandRun(
        lerobot + ["Scripts/trace_lerobot", path] + resuming(run, trace: trace))
      try #require(run.status == 0, "\(run.output)")
      return path
    }
    let expected = try leRobotResumes(theirs, trace: "lerobot_lerobot.jsonl")
    let onTheirs = folder.file("lerobot_ours.jsonl")
    let resumed = try TrainingProgram.run(
      resuming(theirs, trace: "lerobot_ours.jsonl") + ["--trace=\(onTheirs)"])
    try #require(resumed.status == 0, "\(resumed.output)")
    let onOurs = try leRobotResumes(ours, trace: "ours_lerobot.jsonl")
    // A bias begins at 0, and Adam moves it by whole steps, in either direction where its gradient is
    // rounding alone, as that of an attention's key bias is. After six steps of its own the sums of
    // biases differ by up to 1.7e-3; everything else differs by rounding, 3.0e-6 at most. A
    // rectifier whose input is within rounding of 0 opens in one program and not in the other: that
    // moves a gradient norm at once, of LeRobot with one thread and with two by 3.3e-4.
    for (trace, loose) in [(onTheirs, []), (onOurs, ["--loose=bias$=1e-2"])] {
      let compared = try CommandRun(
        [
          "python3", "Scripts/compare_trace", expected, trace, "--weights=1e-5", "--loss=1e-5",
          "--grad-norm=1e-3",
        ]
          + loose)
      #expect(compared.status == 0, "\(trace): \(compared.output)")
    }
  }

  private static let optimizers: [String: [String]] = [
    "adam": [
      "--use_policy_training_preset=false", "--optimizer.type=adam", "--optimizer.lr=1e-4",
      "--scheduler.type=diffuser", "--scheduler.name=cosine", "--scheduler.num_warmup_steps=2",
    ],
    "sgd": [
      "--use_policy_training_preset=false", "--optimizer.type=sgd", "--optimizer.lr=1e-4",
      "--optimizer.momentum=0.9", "--scheduler.type=cosine_decay_with_warmup",
      "--scheduler.num_warmup_steps=2", "--scheduler.num_decay_steps=9",
      "--scheduler.peak_lr=1e-4", "--scheduler.decay_lr=1e-5",
    ],
  ]
}

import Foundation
import LeRobotCore
import OrderedCollections
import Support
import Testing

/// A run that was stopped and resumed ends, bit for bit, like one that never was.
@Suite(.serialized) struct ResumePropertyTests {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  /// 21 frames of 24 by 16 pixels. Steps 4 to 9 cross the end of a pass of 5 or 6 batches and lie in a
  /// log interval that began before; augmentation draws in every batch.
  private static let smallPictures =
    TrainingProgram.smallest + [
      "--dataset.root=Fixtures/layouts/v30", "--dataset.episodes=null", "--batch_size=4",
      #"--dataset.camera_keys=["observation.image"]"#,
    ]

  @Test(arguments: [0, 2])
  func resumedRunEndsBitForBitTheSame(workers: Int) throws {
    try resume(Self.smallPictures, workers: workers)
  }

  /// With crops, noise and timesteps to draw, running statistics and a schedule of rates.
  @Test(arguments: [0, 2])
  func resumedDiffusionEndsBitForBitTheSame(workers: Int) throws {
    try resume(
      TrainingProgram.smallestDiffusion + ["--policy.drop_n_last_frames=176"], workers: workers)
  }

  /// Stopped in the first phase, at its end and in the second.
  @Test(arguments: [6, 4, 2], [0, 2])
  func resumedVQBeTEndsBitForBitTheSame(quantizerSteps: Int, workers: Int) throws {
    try resume(
      TrainingProgram.smallestVQBeT + ["--policy.n_vqvae_training_steps=\(quantizerSteps)"],
      workers: workers)
  }

  /// With shifts, Qs that NumPy's generator draws, and a target that follows.
  @Test(arguments: ["fast", "reference"])
  func resumedTDMPCEndsBitForBitTheSame(backend: String) throws {
    try resume(TrainingProgram.smallestTDMPC + ["--backend=\(backend)"], workers: 0)
  }

  /// A trace lists sums of pictures that the first phase does not look at, so only with one they are read.
  @Test(arguments: [0, 2])
  func picturesThatNobodyLooksAtChangeNothing(workers: Int) throws {
    let arguments =
      TrainingProgram.smallestVQBeT + [
        "--steps=7", "--save_freq=3", "--num_workers=\(workers)", "--batch_size=40",
        "--dataset.image_transforms.enable=true",
      ]
    let (read, unread) = (folder.file("read"), folder.file("unread"))
    for (output, extra) in [(read, ["--trace=\(folder.file("trace.jsonl"))"]), (unread, [])] {
      let run = try TrainingProgram.run(arguments + ["--output_dir=\(output)"] + extra)
      try #require(run.status == 0, "\(run.output)")
    }
    for step in ["000003", "000006", "000007"] {
      for file in ["pretrained_model/model.safetensors", "training_state/rng_state.safetensors"] {
        let path = "checkpoints/\(step)/\(file)"
        let bytes = FileManager.default.contents(atPath: "\(read)/\(path)")
        #expect(bytes != nil && bytes == FileManager.default.contents(atPath: "\(unread)/\(path)"))
      }
    }
  }

  /// The reference's codebooks have more digits than a checkpoint.
  @Test func resumedVQBeTOfTheReferenceEndsBitForBitTheSame() throws {
    try resume(
      TrainingProgram.smallestVQBeT + ["--backend=reference", "--batch_size=2"], workers: 0)
  }

  /// A checkpoint that the first release wrote, whose position had no version.
  @Test(arguments: [0, 2])
  func aCheckpointOfTheFirstReleaseIsResumedBitForBit(workers: Int) throws {
    try resume(Self.smallPictures, workers: workers) { checkpoint in
      let path = "\(checkpoint)/training_state/resume_state.safetensors"
      let file = try SafetensorsFile(path: path)
      let values = try JSONValue(parsing: try #require(file.metadata?["values"]))
      let position = try #require(values["source"]?["values"])
      var old: OrderedDictionary<String, JSONValue> = [:]
      for key in ["taken", "frames", "batch_size"] { old[key] = position[key] }
      old["partial_averages"] = values["partial_averages"]
      var tensors: NamedTensors = [:]
      for (name, tensor) in try file.tensors() {
        tensors[name.replacing("source/", with: "")] = tensor
      }
      try SafetensorsWriter.write(
        tensors, to: path, metadata: ["values": JSONValue.object(old).pythonText()])
    }
  }

  /// - Parameter change: of the checkpoint's folder before it is resumed.
  private func resume(
    _ smallest: [String], workers: Int, change: (String) throws -> Void = { _ in }
  ) throws {
    let arguments =
      smallest + [
        "--steps=9", "--log_freq=3", "--save_freq=4", "--num_workers=\(workers)",
        "--dataset.image_transforms.enable=true",
      ]
    let whole = folder.file("whole")
    let run = try TrainingProgram.run(arguments + ["--output_dir=\(whole)"])
    try #require(run.status == 0, "\(run.output)")

    let moved = folder.file("moved")
    try FileManager.default.copyItem(atPath: whole, toPath: moved)
    try FileManager.default.removeItem(atPath: moved + "/checkpoints/000009")
    try change("\(moved)/checkpoints/000004")
    let resumed = try TrainingProgram.run([
      "--resume=true",
      "--config_path=\(moved)/checkpoints/000004/pretrained_model/train_config.json",
    ])
    try #require(resumed.status == 0, "\(resumed.output)")
    #expect(!resumed.output.contains("new pass"), "\(resumed.output)")
    for file in [
      "pretrained_model/model.safetensors", "training_state/optimizer_state.safetensors",
      "training_state/rng_state.safetensors", "training_state/resume_state.safetensors",
    ] {
      let path = "checkpoints/000009/" + file
      let (a, b) = (
        FileManager.default.contents(atPath: "\(whole)/\(path)"),
        FileManager.default.contents(atPath: "\(moved)/\(path)")
      )
      #expect(a != nil && a == b, "\(file)")
    }
    #expect(try losses(whole) == losses(moved))
  }

  @Test func aPositionThatDoesNotFitIsAWarning() throws {
    let tiny = TrainingProgram.tiny + ["--save_freq=1"]
    let output = folder.file("run")
    let first = try TrainingProgram.run(tiny + ["--steps=1", "--output_dir=\(output)"])
    try #require(first.status == 0, "\(first.output)")
    let again = ["--resume=true", "--config_path=\(output)"]
    let smaller = try TrainingProgram.run(again + ["--batch_size=2", "--steps=2"])
    #expect(smaller.status == 0)
    let dropped = "the position is dropped and a new pass over the data begins"
    #expect(
      smaller.output.contains("WARNING")
        && smaller.output.contains(
          "the position is of --batch_size=4, this run has 2; \(dropped)"),
      "\(smaller.output)")
    let file = "\(output)/checkpoints/000002/training_state/resume_state.safetensors"
    try SafetensorsWriter.write([:], to: file, metadata: ["values": "null"])
    let damaged = try TrainingProgram.run(again + ["--batch_size=2", "--steps=3"])
    #expect(damaged.status == 0)
    #expect(
      damaged.output.contains("resume_state.safetensors is damaged (version); \(dropped)"),
      "\(damaged.output)")
  }

  @Test func aScheduleThatIsNotThereIsMissed() throws {
    let output = folder.file("run")
    let first = try TrainingProgram.run(
      TrainingProgram.smallestDiffusion + [
        "--steps=1", "--num_workers=0", "--output_dir=\(output)",
      ])
    try #require(first.status == 0, "\(first.output)")
    let file = "\(output)/checkpoints/000001/training_state/scheduler_state.json"
    try FileSystem.remove(file)
    let resumed = try TrainingProgram.run([
      "--resume=true", "--config_path=\(output)", "--steps=2",
    ])
    #expect(resumed.status == 1)
    #expect(resumed.output.contains("scheduler_state.json: missing; copy the checkpoint again"))
  }

  /// The losses of a run's log lines.
  private func losses(_ run: String) throws -> [JSONValue?] {
    try RepositoryFiles.lines(URL(filePath: run + "/metrics.jsonl")).map {
      try JSONValue(parsing: $0)["loss"]
    }
  }

  @Test(arguments: [
    (SIGINT, Int32(130)), (SIGTERM, Int32(0)), (SIGUSR1, Int32(0)), (SIGHUP, Int32(129)),
  ])
  func signalSavesACheckpointThatGoesOn(signal: Int32, status: Int32) throws {
    let output = folder.file("stopped")
    let program = try startedRun(output)
    program.send(signal)
    let (end, log) = program.end()
    #expect(end == .exit(status), "\(log)")
    let checkpoint = try Checkpoint.open(output)
    let state = try checkpoint.readTrainingState()
    #expect(state.step >= 1)
    let resumed = try TrainingProgram.run([
      "--resume=true", "--steps=\(state.step + 1)",
      "--config_path=\(checkpoint.pretrainedModel)/train_config.json",
    ])
    #expect(resumed.status == 0, "\(resumed.output)")
  }

  /// The run does further steps after the signal, which it would not if it had honoured it.
  @Test func aTerminalsEndDoesNotConcernARunOfNohup() throws {
    let output = folder.file("stopped")
    let program = try startedRun(output, hangUp: .ignored)
    program.send(SIGHUP)
    let steps = try RepositoryFiles.lines(URL(filePath: output + "/metrics.jsonl")).count
    try program.wait(for: "step:\(steps + 3) ")
    program.send(SIGTERM)
    let (end, log) = program.end()
    #expect(end == .exit(0), "\(log)")
  }

  /// It does further steps too.
  @Test func ctrlCDoesNotConcernARunThatAScriptPutIntoTheBackground() throws {
    let output = folder.file("stopped")
    let program = try startedRun(output, ignoring: ["--ignore-signal=INT"])
    program.send(SIGINT)
    let steps = try RepositoryFiles.lines(URL(filePath: output + "/metrics.jsonl")).count
    try program.wait(for: "step:\(steps + 3) ")
    program.send(SIGTERM)
    let (end, log) = program.end()
    #expect(end == .exit(0), "\(log)")
  }

  /// A run that has done its first step.
  private func startedRun(
    _ output: String, hangUp: TrainingProgram.HangUp = .honoured, ignoring: [String] = []
  ) throws -> RunningProgram {
    let program = try TrainingProgram.start(
      TrainingProgram.smallest + [
        "--steps=100000", "--log_freq=1", "--num_workers=2", "--output_dir=\(output)",
      ], hangUp: hangUp, signals: ignoring)
    try program.wait(for: "step:1 ")
    return program
  }
}

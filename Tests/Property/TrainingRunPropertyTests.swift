import Dispatch
import Foundation
import LeRobotCore
import LeRobotLogging
import LeRobotTraining
import Support
import Testing

/// A run assembled in this process, with the reference, which needs no libtorch.
@Suite struct TrainingRunPropertyTests {
  private let folder: TemporaryFolder
  private let recorder = EventRecorder()
  private let stop = StopRequest()
  private var output: String { folder.file("run") }

  init() throws { folder = try TemporaryFolder() }

  private func request(
    _ arguments: [String], _ change: (inout LoadedConfig) -> Void = { _ in }
  ) throws -> RunRequest {
    let all =
      TrainingProgram.tiny.filter { !$0.hasPrefix("--dataset.root=") } + [
        "--dataset.root=\(RepositoryFiles.fixtures.path)/datasets/tiny", "--backend=reference",
        "--output_dir=\(output)",
      ] + arguments
    let machine = ConfigMachine(isAvailable: { _ in false })
    var loaded = try ConfigLoader.load(arguments: all, machine: machine)
    change(&loaded)
    return try RunRequest(loaded, arguments: all, environment: [:])
  }

  private func run(_ arguments: [String]) throws -> TrainingRun.Output {
    let run = TrainingRun(
      try request(arguments), events: RunEvents([recorder]), stop: stop,
      abort: { _ in _exit(9) })
    return try run.run()
  }

  private func trained(_ arguments: [String]) throws -> RunReport {
    guard case .trained(let report) = try run(arguments) else {
      throw CocoaError(.featureUnsupported)
    }
    return report
  }

  @Test func aRunTellsWhatItDoesWhenItDoesIt() throws {
    let report = try trained(["--steps=2"])
    #expect(report.outcome == .finished && report.failedEvaluations == 0)
    #expect(
      recorder.stages == [
        "configured", "preparing logger(isSynced: false)", "preparing dataset", "preparing policy",
        "preparing optimizer", "prepared",
        "began 0", "ended finished",
      ])
    #expect(
      recorder.events == [
        "step 1", recorder.events[1], "step 2", recorder.events[3], "saving 2",
        "saved \(output)/checkpoints/000002",
      ])
    #expect(report.advice.count == 1)
    #expect(
      report.advice[0].hasSuffix(
        "lerobot-train --resume=true --config_path=\(output)/checkpoints/000002/pretrained_model/"
          + "train_config.json --steps=4"))
  }

  @Test func whatFailsWasAnnouncedBefore() throws {
    #expect(throws: (any Error).self) { try run(["--dataset.episodes=[99]"]) }
    #expect(
      recorder.stages == [
        "configured", "preparing logger(isSynced: false)", "preparing dataset",
      ])
    #expect(!FileManager.default.fileExists(atPath: output), "nothing was written")
  }

  /// As a resumed run has it whose configuration somebody edited.
  @Test func aRunWithoutOptimizerIsRefused() {
    let error = #expect(throws: TrainingError.noOptimizer) {
      try request([]) { $0.config.optimizer = nil }
    }
    #expect(
      error?.description
        == "optimizer: the configuration names none; give --use_policy_training_preset=false with "
        + "--optimizer.type and --scheduler.type")
  }

  @Test func lossPartsReachTheMetricsFile() throws {
    _ = try trained(["--steps=2", "--save_checkpoint=false"])
    let lines = try RepositoryFiles.lines(URL(filePath: output + "/metrics.jsonl"))
    #expect(lines.count == 2)
    for line in lines {
      let values = try JSONValue(parsing: line)
      let loss = try #require(values["loss"]?.doubleValue)
      let l1 = try #require(values["l1_loss"]?.doubleValue)
      let divergence = try #require(values["kld_loss"]?.doubleValue)
      let parts = values.objectValue?.keys.filter { $0.hasSuffix("_loss") }
      #expect(parts == ["l1_loss", "kld_loss"], "the policy's order")
      #expect(divergence > 0)
      #expect(abs(loss - (l1 + 10 * divergence)) <= 1e-9 * loss)
    }
  }

  @Test func theLogSaysThatAScheduleWasFittedToAShorterRun() throws {
    let schedule = [
      "--use_policy_training_preset=false", "--optimizer.type=adamw",
      "--scheduler.type=cosine_decay_with_warmup", "--scheduler.num_warmup_steps=10",
      "--scheduler.num_decay_steps=100", "--scheduler.peak_lr=1e-4", "--scheduler.decay_lr=1e-5",
    ]
    _ = try trained(schedule + ["--steps=2", "--save_checkpoint=false"])
    #expect(
      recorder.logs.contains { $0.hasPrefix("Auto-scaling LR scheduler: ") }, "\(recorder.logs)")
  }

  @Test func aResumedRunKeepsItsOptionsAndItsMetrics() throws {
    _ = try trained(["--steps=3", "--save_freq=1", "--keep_checkpoints=2"])
    let machine = ConfigMachine(isAvailable: { _ in false })
    let arguments = ["--resume=true", "--config_path=\(output)", "--steps=5"]
    let loaded = try ConfigLoader.load(arguments: arguments, machine: machine)
    #expect(loaded.options.backend == .reference)
    let second = EventRecorder()
    let run = TrainingRun(
      try RunRequest(loaded, arguments: arguments, environment: [:]),
      events: RunEvents([second]), stop: stop,
      abort: { _ in _exit(9) })
    _ = try run.run()
    #expect(second.stages.contains("began 3"))
    #expect(try FileSystem.list(output + "/checkpoints") == ["000004", "000005", "last"])
    let lines = try RepositoryFiles.lines(URL(filePath: output + "/metrics.jsonl"))
    #expect(try lines.map { try JSONValue(parsing: $0)["steps"]?.intValue } == [1, 2, 3, 4, 5])
  }

  @Test func aDryRunDescribesAndWritesNothing() throws {
    guard case .described(let text) = try run(["--dry_run", "--steps=1099511627775"]) else {
      Issue.record("it trained")
      return
    }
    #expect(text.contains("for 1099511627775 steps") && text.hasSuffix("Nothing was written."))
    #expect(!FileManager.default.fileExists(atPath: output))
  }

  @Test(arguments: [
    ("steps", 1 << 40, 1 << 40 - 1), ("steps", Int.max, 1 << 40 - 1),
    ("batch_size", Int.max, 1 << 20), ("num_workers", Int.max, 1 << 12),
  ])
  func hugeNumbersAreAnErrorInALine(option: String, value: Int, most: Int) throws {
    #expect(throws: TrainingError.tooLarge(option: option, value: value, most: most)) {
      try request(["--\(option)=\(value)"])
    }
  }

  @Test func theLargestNumbersOverflowNothing() throws {
    var metrics = RunMetrics(
      batchSize: 1 << 20, frameCount: 1, episodeCount: 1, initialStep: 1 << 40 - 1)
    metrics.countStep()
    #expect(metrics.samples == 1 << 60)
    #expect(!MetricsLine.training(metrics).isEmpty)
  }
}

/// What happens when a step cannot be ended.
@Suite struct RunRescuePropertyTests {
  private let folder: TemporaryFolder
  private let rescue = RunRescue()
  private let saver: CheckpointSaver
  private let gate = DispatchSemaphore(value: 0)

  init() throws {
    folder = try TemporaryFolder()
    saver = CheckpointSaver(CheckpointWriter(outputDirectory: folder.path, totalSteps: 9))
    rescue.receive(.began(step: 4))
    rescue.keep(saver, origin: "/old")
  }

  private func begin() throws {
    try saver.begin { [gate] in
      gate.wait()
      return .sample(step: 5)
    }
  }

  @Test func beforeTrainingThereIsOnlyTheCause() {
    #expect(RunRescue().message(for: "no memory") == "no memory")
  }

  @Test func theCheckpointUnderWayIsWaitedForAndNamed() throws {
    try begin()
    rescue.receive(
      .stepped(
        StepRecord(
          step: 5, result: StepResult(loss: 1, gradientNorm: 1), learningRate: 1,
          updateSeconds: 1, dataSeconds: 1), batch: nil))
    gate.signal()
    let message = rescue.message(for: "no memory")
    #expect(
      message == "step 6: no memory; resume with lerobot-train --resume=true --config_path="
        + "\(folder.path)/checkpoints/000005/pretrained_model/train_config.json")
    #expect(FileSystem.exists("\(folder.path)/checkpoints/000005/pretrained_model"))
  }

  @Test func aCheckpointThatCannotBeWrittenAnyMoreIsNotWaitedForWithoutEnd() throws {
    try begin()
    let message = rescue.message(for: "no memory", within: .milliseconds(10))
    gate.signal()
    #expect(
      message == "step 5: no memory; resume with lerobot-train --resume=true --config_path="
        + "/old/pretrained_model/train_config.json")
    saver.wait()
  }
}

import Foundation
import LeRobotCore
import LeRobotLogging
import Support
import Testing

private func record(step: Int) -> StepRecord {
  StepRecord(
    step: step, result: StepResult(loss: 1.25, gradientNorm: 0.1), learningRate: 1e-5,
    updateSeconds: 0.123456, dataSeconds: 2)
}

private let batch = Batch(tensors: [
  "index": HostTensor([3, 5] as [Int64], shape: [2]),
  "action": HostTensor([1, -2.5] as [Float], shape: [2, 1]),
])

@Suite struct ObserverPropertyTests {
  private static func header(_ arguments: [String]) throws -> TraceHeader {
    TraceHeader(
      versions: ["lerobot": "0.4.2"], threads: 2, arguments: arguments,
      initialWeights: try CountingLearner().weights())
  }

  @Test func aTraceHoldsWeightsThenOneLineAStep() throws {
    let temporary = try TemporaryFolder()
    let folder = temporary.path
    let path = folder + "/trace.jsonl"
    let trace = try TraceObserver(path: path, header: Self.header(["--steps=1"]))
    for step in 1...2 { try trace.consume(.stepped(record(step: step), batch: batch)) }
    let lines = try String(contentsOfFile: path, encoding: .utf8).split(separator: "\n")
    #expect(lines.count == 3)
    #expect(
      lines[0] == #"{"lerobot": "0.4.2", "threads": 2, "arguments": ["--steps=1"], "#
        + #""initial_weights": {"w": [[2], -1.0, 3.0]}}"#)
    #expect(
      lines[2] == #"{"step": 2, "indices": [3, 5], "loss": 1.25, "grad_norm": 0.1, "lr": 1e-05, "#
        + #""update_s": 0.1235, "data_s": 2.0, "batch_sums": {"action": [[2, 1], -1.5, 3.5]}}"#)
    withExtendedLifetime(temporary) {}
  }

  /// The averages of a log interval that ends with a step.
  private static func averages(_ step: Int) -> RunEvent {
    var metrics = RunMetrics(
      batchSize: 8, frameCount: 16, episodeCount: 2, initialStep: step - 1)
    metrics.add(record(step: step))
    return .interval(metrics)
  }

  @Test func metricsHoldEveryValueThatHasAName() throws {
    let folder = try TemporaryFolder()
    let path = folder.file("metrics.jsonl")
    var metrics = RunMetrics(batchSize: 8, frameCount: 16, episodeCount: 2)
    var step = record(step: 1)
    step.result.parts = ["l1_loss": 0.5, "kld_loss": 0.25]
    metrics.add(step)
    metrics.add("anything", 7)
    let file = try MetricsFileObserver(path: path, resumingAt: 0)
    try file.consume(.interval(metrics))
    #expect(
      try TextFile.read(path) == #"{"steps": 1, "samples": 8, "episodes": 1.0, "epochs": 0.5, "#
        + #""loss": 1.25, "grad_norm": 0.1, "lr": 1e-05, "update_s": 0.123456, "#
        + #""dataloading_s": 2.0, "l1_loss": 0.5, "kld_loss": 0.25, "anything": 7.0, "#
        + #""last_batch": {"l1_loss": 0.5, "kld_loss": 0.25}}"# + "\n")
    #expect(
      MetricsLine.training(metrics)
        == "step:1 smpl:8 ep:1 epch:0.50 loss:1.250 grdn:0.100 lr:1.0e-05 updt_s:0.123 data_s:2.000"
    )
  }

  @Test func averagesContinueWhereAnotherProcessStopped() {
    var whole = RunMetrics(batchSize: 8, frameCount: 16, episodeCount: 2)
    whole.add("loss", 1)
    whole.add("l1_loss", 2)
    var resumed = RunMetrics(batchSize: 8, frameCount: 16, episodeCount: 2)
    resumed.restore(partialAverages: whole.partialAverages)
    #expect(resumed == whole)
    whole.add("loss", 3)
    resumed.add("loss", 3)
    #expect(resumed == whole && resumed.meters["loss"]?.average == 2)
    resumed.restore(partialAverages: ["loss": [1, 1, 0], "x": "y"])
    #expect(resumed == whole, "what is damaged is left out")
  }

  /// One byte that is not UTF-8, and a line that is no object.
  @Test(arguments: [[0xFF], Array("nonsense\n".utf8)])
  func aDamagedMetricsFileIsKeptAside(damage: [UInt8]) throws {
    let folder = try TemporaryFolder()
    let path = folder.file("metrics.jsonl")
    let first = try MetricsFileObserver(path: path, resumingAt: 0)
    for step in [3, 6, 9] { try first.consume(Self.averages(step)) }
    let damaged = damage + (try TextFile.bytes(path))
    try Data(damaged).write(to: URL(filePath: path))
    var warnings: [String] = []
    _ = try MetricsFileObserver(path: path, resumingAt: 9) { warnings.append($0) }
    let lines = try String(contentsOfFile: path, encoding: .utf8).split(separator: "\n")
    #expect(lines.count == (damage == [0xFF] ? 2 : 3))
    #expect(try TextFile.bytes(path + ".damaged") == damaged)
    #expect(warnings.count == 1 && warnings[0].contains("metrics.jsonl.damaged"), "\(warnings)")
  }

  @Test func metricsThatCannotBeReadAreAnErrorAndStay() throws {
    let folder = try TemporaryFolder()
    try FileSystem.createDirectory(folder.file("metrics.jsonl"))
    _ = try folder.write("x".utf8, to: "metrics.jsonl/inside")
    #expect(throws: TrainingError.self) {
      try MetricsFileObserver(path: folder.file("metrics.jsonl"), resumingAt: 3)
    }
    #expect(try FileSystem.list(folder.path) == ["metrics.jsonl"])
    #expect(try TextFile.read(folder.file("metrics.jsonl/inside")) == "x")
  }

  @Test func metricsAreCutBackToTheStepThatIsResumed() throws {
    let temporary = try TemporaryFolder()
    let folder = temporary.path
    let path = folder + "/metrics.jsonl"
    let first = try MetricsFileObserver(path: path, resumingAt: 0)
    for step in [3, 6, 9] { try first.consume(Self.averages(step)) }
    try (String(contentsOfFile: path, encoding: .utf8) + "{\"steps\": 12, \"sam")
      .write(toFile: path, atomically: true, encoding: .utf8)
    try MetricsFileObserver(path: path, resumingAt: 6).consume(Self.averages(9))
    let lines = try String(contentsOfFile: path, encoding: .utf8).split(separator: "\n")
    #expect(lines.count == 3)
    #expect(lines[0].hasPrefix(#"{"steps": 3, "samples": 24, "episodes": 3.0, "epochs": 1.5,"#))
    #expect(lines[2].hasPrefix(#"{"steps": 9, "#))
    #expect(try FileSystem.list(folder) == ["metrics.jsonl"])
    withExtendedLifetime(temporary) {}
  }

  @Test func aTraceTellsHowLongASaveHeldTheTrainingUp() throws {
    let folder = try TemporaryFolder()
    let trace = try TraceObserver(path: folder.file("trace.jsonl"), header: Self.header([]))
    try trace.consume(.savingBegun(step: 1, seconds: 0.25))
    for step in 2...3 { try trace.consume(.stepped(record(step: step), batch: batch)) }
    let lines = try TextFile.read(folder.file("trace.jsonl")).split(separator: "\n")
    #expect(lines[1].contains(#""save_s": 0.25"#) && !lines[2].contains("save_s"))
  }

  @Test func logLinesGoOverTheProgressLineWithoutBreakingIt() {
    var written = ""
    let log = ConsoleLog(
      isTerminal: true, now: { Date(timeIntervalSince1970: 0) }, write: { written += $0 })
    let console = ConsoleObserver(log)
    console.consume(.progress("50%"))
    console.consume(.logged(LogRecord(.warning, "a worker says so")))
    let clear = "\r\u{1B}[2K"
    #expect(written.hasPrefix("50%" + clear + "WARNING "))
    #expect(written.hasSuffix("  lerobot-train a worker says so\n50%"))
    written = ""
    console.consume(.ended(.finished))
    #expect(written.hasPrefix(clear + "INFO "))
    #expect(written.hasSuffix("ot_train.py:435 End of training\n"))
  }

  @Test(arguments: [false, true])
  func onlyATerminalHasAProgressLine(isTerminal: Bool) {
    var written = ""
    let log = ConsoleLog(isTerminal: isTerminal, write: { written += $0 })
    let console = ConsoleObserver(log)
    console.consume(.began(step: 0))
    written = ""
    console.consume(.stepped(record(step: 1), batch: nil))
    #expect(written.isEmpty == !isTerminal)
  }

  /// A terminal has one line that is drawn again, a file a line now and then; both the last one.
  @Test(arguments: [false, true])
  func transfersAreALineOnATerminalAndLinesInAFile(isTerminal: Bool) {
    var written = ""
    let log = ConsoleLog(isTerminal: isTerminal, write: { written += $0 })
    let console = ConsoleObserver(log)
    var transfer = TransferProgress(.down, "lab/arm", fileCount: 2, byteCount: 100_000_000)
    for second in 0...30 {
      (transfer.seconds, transfer.bytesDone) = (Double(second), second * 3_000_000)
      console.consume(.transferring(transfer))
    }
    (transfer.bytesDone, transfer.filesDone) = (transfer.byteCount, 2)
    console.consume(.transferring(transfer))
    let lines = written.split(separator: "\n")
    let middle = "Downloading lab/arm: 0 of 2 files, 27 MB of 100 MB, 3 MB/s, left 0:24"
    #expect(written.contains(middle) && lines.count == (isTerminal ? 1 : 4), "\(written)")
    #expect(
      lines.last?.hasSuffix("Downloading lab/arm: 2 of 2 files, 100 MB of 100 MB, 3 MB/s") == true)
  }

  @Test func recordsHaveTheLinesOfLeRobotsScript() {
    var written: [String] = []
    let console = ConsoleObserver(
      ConsoleLog(
        isTerminal: false, now: { Date(timeIntervalSince1970: 0) }, write: { written.append($0) }))
    let summary = RunSummary(
      outputDirectory: "out", environmentTask: "PushT-v0", steps: 1200, frameCount: 10,
      episodeCount: 2, batchSize: 8, learnableCount: 3, parameterCount: 4000)
    for event in [
      .preparing(.dataset), .preparing(.environment), .preparing(.policy), .preparing(.optimizer),
      .prepared(summary), .began(step: 0), .saving(step: 3), .evaluating(step: 3),
      .logged(LogRecord(.info, "kept", about: .dataset)), .ended(.failed(step: 4)),
    ] as [RunEvent] { console.consume(event) }
    // Level and time are the same everywhere.
    #expect(
      written.map { String($0.split(separator: " ", maxSplits: 3)[3].drop { $0 == " " }) } == [
        "ot_train.py:183 Creating dataset\n", "ot_train.py:198 Creating env\n",
        "ot_train.py:202 Creating policy\n",
        "ot_train.py:247 Creating optimizer and scheduler\n",
        "ot_train.py:259 Output dir: out\n", "ot_train.py:261 cfg.env.task='PushT-v0'\n",
        "ot_train.py:262 Creating environment processors\n",
        "ot_train.py:264 cfg.steps=1200 (1K)\n", "ot_train.py:265 dataset.num_frames=10 (10)\n",
        "ot_train.py:266 dataset.num_episodes=2\n",
        "ot_train.py:269 Effective batch size: 8 x 1 = 8\n",
        "ot_train.py:270 num_learnable_params=3 (3)\n",
        "ot_train.py:271 num_total_params=4000 (4K)\n",
        "ot_train.py:327 Start offline training on a fixed dataset\n",
        "ot_train.py:364 Checkpoint policy after step 3\n",
        "ot_train.py:385 Eval policy at step 3\n", "ot_train.py:183 kept\n",
      ])
  }

  @Test func progressTellsPercentAndLoss() {
    let start = ContinuousClock.now
    var times = [0, 500, 550, 551].map { start + .milliseconds($0) }
    var line = ProgressLine(steps: 4, startingAt: 0) { times.removeFirst() }
    let texts = [1, 2, 4].map { line.text(after: record(step: $0)) }
    #expect(texts[0] == " 25% 1/4  2.0 step/s  left 0:02  loss 1.250")
    #expect(texts[1] == nil, "ten lines a second are enough")
    #expect(texts[2]?.hasPrefix("100% 4/4  ") == true, "the last step is always shown")
  }

  @Test(arguments: [(0, "? step/s"), (0.25, "4.0 s/step"), (12, "12.0 step/s")])
  func paceIsReadable(rate: Double, text: String) {
    #expect(ProgressLine.pace(rate) == text)
  }

  @Test(arguments: [(5, "0:05"), (125, "2:05"), (7325, "2:02:05"), (1e30, "?"), (.infinity, "?")])
  func timeLeftIsReadable(seconds: Double, text: String) {
    #expect(formatClock(seconds) == text)
  }
}

import Foundation
import LeRobotCore
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

@Suite struct ReporterPropertyTests {
  @Test func aTraceHoldsWeightsThenOneLineAStep() throws {
    let temporary = try TemporaryFolder()
    let folder = temporary.path
    let path = folder + "/trace.jsonl"
    let trace = try TraceReporter(
      path: path, versions: ["lerobot": "0.4.2"], threads: 2, arguments: ["--steps=1"])
    for step in 1...2 {
      try trace.willUpdate(CountingLearner())
      try trace.didUpdate(record(step: step), batch: batch)
    }
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

  @Test func metricsAreCutBackToTheStepThatIsResumed() throws {
    let temporary = try TemporaryFolder()
    let folder = temporary.path
    let path = folder + "/metrics.jsonl"
    func line(_ step: Int) -> MetricsTracker {
      MetricsTracker(
        batchSize: 8, frameCount: 16, episodeCount: 2, meters: MetricsTracker.trainingMeters,
        initialStep: step)
    }
    let first = try MetricsFileReporter(path: path, resumingAt: 0) { _ in }
    for step in [3, 6, 9] { try first.didAverage(line(step)) }
    try (String(contentsOfFile: path, encoding: .utf8) + "{\"steps\": 12, \"sam")
      .write(toFile: path, atomically: true, encoding: .utf8)
    try MetricsFileReporter(path: path, resumingAt: 6) { _ in }.didAverage(line(9))
    let lines = try String(contentsOfFile: path, encoding: .utf8).split(separator: "\n")
    #expect(lines.count == 3)
    #expect(lines[0].hasPrefix(#"{"steps": 3, "samples": 24, "episodes": 3.0, "epochs": 1.5,"#))
    #expect(lines[2].hasPrefix(#"{"steps": 9, "#))
    #expect(try FileSystem.list(folder) == ["metrics.jsonl"])
    withExtendedLifetime(temporary) {}
  }

  @Test func aTraceTellsHowLongASaveHeldTheTrainingUp() throws {
    let folder = try TemporaryFolder()
    let trace = try TraceReporter(
      path: folder.file("trace.jsonl"), versions: [:], threads: 1, arguments: [])
    try trace.willUpdate(CountingLearner())
    trace.didBeginSaving(step: 1, seconds: 0.25)
    for step in 2...3 { try trace.didUpdate(record(step: step), batch: batch) }
    let lines = try TextFile.read(folder.file("trace.jsonl")).split(separator: "\n")
    #expect(lines[1].contains(#""save_s": 0.25"#) && !lines[2].contains("save_s"))
  }

  @Test func logLinesGoOverTheProgressLineWithoutBreakingIt() {
    var written = ""
    let logger = ConsoleLogger(
      isTerminal: true, now: { Date(timeIntervalSince1970: 0) }, write: { written += $0 })
    logger.show(progress: "50%")
    logger.info("End of training", from: .end)
    let clear = "\r\u{1B}[2K"
    #expect(written.hasPrefix("50%" + clear + "INFO "))
    #expect(written.hasSuffix("ot_train.py:435 End of training\n50%"))
  }

  @Test func withoutATerminalThereIsNoProgressLine() {
    var written = ""
    let logger = ConsoleLogger(isTerminal: false, write: { written += $0 })
    let console = ConsoleReporter(logger: logger, steps: 10, startingAt: 0)
    console.didUpdate(record(step: 1), batch: batch)
    #expect(written.isEmpty)
  }

  @Test func progressTellsPercentAndLoss() {
    var line = ProgressLine(steps: 4, startingAt: 0)
    let texts = [1, 2, 4].map { line.text(after: record(step: $0)) }
    #expect(texts[0]?.hasPrefix(" 25% 1/4  ") == true)
    #expect(texts[0]?.hasSuffix("loss 1.250") == true)
    #expect(texts[1] == nil, "ten lines a second are enough")
    #expect(texts[2] != nil, "the last step is always shown")
  }

  @Test(arguments: [(0, "? step/s"), (0.25, "4.0 s/step"), (12, "12.0 step/s")])
  func paceIsReadable(rate: Double, text: String) {
    #expect(ProgressLine.pace(rate) == text)
  }

  @Test(arguments: [(5, "0:05"), (125, "2:05"), (7325, "2:02:05")])
  func timeLeftIsReadable(seconds: Double, text: String) {
    #expect(ProgressLine.clock(seconds) == text)
  }
}

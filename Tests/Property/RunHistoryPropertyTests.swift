import Foundation
import LeRobotCore
import LeRobotLogging
import Support
import Testing

/// A run as its files tell it: what an observer writes is what a reader finds.
@Suite struct RunHistoryPropertyTests {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  private var run: RunDirectory { RunDirectory(path: folder.path) }

  private static func description(_ processes: [RunProcess]) -> RunDescription {
    var machine = MachineDescription()
    (machine.host, machine.threads, machine.memory) = ("host", 2, 1 << 30)
    return RunDescription(
      name: "a <job>", steps: 100, batchSize: 8, worldSize: 2, frameCount: 50, episodeCount: 5,
      learnableCount: 7, parameterCount: 9, parameterGroups: ["default", "backbone"],
      config: ["log_freq": 10, "policy": ["type": "act"]],
      settings: [ConfigSetting(option: "steps", value: 100, origin: "command line: --steps=100")],
      versions: ["lerobot": "0.4.2"], machine: machine, processes: processes)
  }

  private static func process(
    _ began: Double, identity: ProcessIdentity = .current, ending: RunProcess.Ending? = nil
  ) -> RunProcess {
    RunProcess(
      began: began, firstStep: 0, command: ["lerobot-train", "--steps=100"], identity: identity,
      ending: ending)
  }

  private static func metrics(_ step: Int, time: Double) -> RunMetrics {
    var metrics = RunMetrics(
      batchSize: 8, frameCount: 50, episodeCount: 5, initialStep: step - 1)
    metrics.add(
      StepRecord(
        step: step,
        result: StepResult(loss: 1 / Double(step), gradientNorm: 2, parts: ["l1_loss": 3]),
        learningRate: 1e-5, updateSeconds: 0.1, dataSeconds: 0.2))
    metrics.moment = MetricsMoment(time: time, memory: 1000, learningRates: [1e-5, 1e-6])
    return metrics
  }

  @Test func aDescriptionIsReadAsItWasWritten() throws {
    let ending = RunProcess.Ending(kind: "interrupted", step: 40, time: 9)
    let description = Self.description([Self.process(1, ending: ending), Self.process(2)])
    #expect(RunDescription(description.json) == description)
    let text = description.json.pythonText(indent: 1)
    #expect(RunDescription(try JSONValue(parsing: text)) == description)
    #expect(RunDescription(["x": 1]) == nil)
  }

  @Test func aLineOfMetricsIsReadAsItWasWritten() throws {
    let training = MetricsRecord(training: Self.metrics(3, time: 5.25))
    #expect(MetricsRecord(line: training.json.pythonText()) == training)
    #expect(training["l1_loss"] == 3 && training.latestParts == ["l1_loss": 3])
    let summary = EvaluationSummary(
      averageSumReward: 1, averageMaximumReward: 2, successPercentage: 3, episodeCount: 4,
      seconds: 5, videoPaths: ["\(folder.path)/eval/a.mp4", "/elsewhere/b.mp4"])
    var metrics = RunMetrics(batchSize: 8, frameCount: 50, episodeCount: 5, initialStep: 3)
    metrics.add(summary)
    metrics.moment = MetricsMoment(time: 6, memory: nil)
    let evaluation = MetricsRecord(evaluation: metrics, summary, folder: folder.path + "/")
    #expect(evaluation.videos == ["eval/a.mp4", "/elsewhere/b.mp4"])
    #expect(MetricsRecord(line: evaluation.json.pythonText()) == evaluation)
  }

  /// Lines of releases before 0.2, and what is no line at all.
  @Test func olderLinesHaveNoMomentAndOthersAreNone() {
    let old = MetricsRecord(line: #"{"steps": 4, "loss": NaN, "lr": 0.1}"#)
    #expect(old?.step == 4 && old?.moment == nil && old?["loss"]?.isNaN == true)
    for line in ["", "{", "[1]", #"{"steps": "4"}"#, #"{"loss": 1}"#] {
      #expect(MetricsRecord(line: line) == nil, "\(line)")
    }
  }

  /// A part of the loss that has the name of a value keeps both.
  @Test func aPartCalledLossHasANameOfItsOwn() {
    var metrics = RunMetrics(batchSize: 1, frameCount: 1, episodeCount: 1)
    metrics.add(
      StepRecord(
        step: 1, result: StepResult(loss: 1, gradientNorm: 0, parts: ["loss": 5]),
        learningRate: 0, updateSeconds: 0, dataSeconds: 0))
    let record = MetricsRecord(training: metrics)
    #expect(record["loss"] == 1 && record["part_loss"] == 5)
    #expect(record.latestParts == ["part_loss": 5])
  }

  // MARK: - Reading

  private func observe(_ steps: ClosedRange<Int>, resumedAt step: Int = 0) throws {
    let file = try MetricsFileObserver(path: run.metricsFile, resumingAt: step)
    for step in steps {
      try file.consume(.interval(Self.metrics(step, time: Double(step))))
    }
  }

  @Test func aReaderFindsWhatWasAddedAndWhatWasCut() throws {
    let description = DescriptionFileObserver(Self.description([Self.process(1)]), in: run)
    try description.consume(.began(step: 0))
    let reader = try RunReader(folder.path)
    #expect(reader.history.records.isEmpty && reader.history.description?.name == "a <job>")
    try observe(1...5)
    try reader.refresh()
    #expect(reader.history.records.map(\.step) == Array(1...5))
    // The last line is being written.
    let handle = try #require(FileHandle(forWritingAtPath: run.metricsFile))
    try handle.seekToEnd()
    try handle.write(contentsOf: Data(#"{"steps": 6, "#.utf8))
    try reader.refresh()
    #expect(reader.history.records.count == 5)
    try handle.write(contentsOf: Data("\"loss\": 1}\n".utf8))
    try reader.refresh()
    #expect(reader.history.records.map(\.step) == Array(1...6))
    try observe(4...4, resumedAt: 3)
    try reader.refresh()
    #expect(reader.history.records.map(\.step) == Array(1...4))
    try description.consume(.ended(.finished))
    try reader.refresh()
    #expect(reader.history.status() == .finished)
  }

  @Test func aRunIsFoundFromItsCheckpoints() throws {
    try observe(1...1)
    let checkpoint = folder.file("checkpoints/000001/pretrained_model")
    try FileSystem.createDirectory(checkpoint)
    #expect(try RunReader(checkpoint).history.folder == folder.path)
    #expect(throws: RunReadingError.self) { try RunReader(folder.file("nowhere")) }
    let empty = try TemporaryFolder()
    #expect(throws: RunReadingError.self) { try RunReader(empty.path) }
  }

  @Test func picturesOfTheFirstBatchAreFoundAgain() throws {
    // The smallest part of a JPEG file that tells its size.
    let jpeg: [UInt8] = [0xFF, 0xD8, 0xFF, 0xC0, 0, 11, 8, 0, 3, 0, 5, 1, 0, 0, 0]
    let picture = FirstBatchPicture(
      camera: "observation.images.top", jpeg: jpeg, width: 5, height: 3)
    try FirstBatchFiles.write([picture], run)
    #expect(FirstBatchFiles.read(run) == [picture])
    _ = try folder.write([0xFF, 0xD8, 0xFF], to: "first_batch/broken.jpg")
    #expect(FirstBatchFiles.read(run) == [picture])
  }

  // MARK: - How it stands

  private func history(_ processes: [RunProcess], steps: [Int] = []) -> RunHistory {
    RunHistory(
      folder: folder.path, description: Self.description(processes),
      records: steps.map {
        MetricsRecord(training: Self.metrics($0, time: 100 + Double($0) / 2))
      })
  }

  @Test func theStatusIsThatOfTheLastProcess() {
    var gone = ProcessIdentity.current
    gone.start += "0"
    var far = ProcessIdentity.current
    far.place = "another machine"
    let ended = { RunProcess.Ending(kind: $0, step: 7, time: 9) }
    let cases: [(RunProcess, RunStatus)] = [
      (Self.process(1), .running), (Self.process(1, identity: gone), .died),
      (Self.process(1, ending: ended("finished")), .finished),
      (Self.process(1, ending: ended("interrupted")), .interrupted(step: 7)),
      (Self.process(1, ending: ended("failed")), .failed(step: 7)),
      (Self.process(40, identity: far), .unseen(seconds: 10)),
    ]
    for (process, status) in cases {
      #expect(history([Self.process(0), process]).status(now: 50) == status)
    }
    #expect(RunHistory(folder: "x").status() == .unknown)
  }

  @Test func timeLeftIsThatOfTheStepsLeftAtThePresentRate() {
    let history = history([Self.process(100)], steps: [10, 20, 30])
    #expect(history.stepsPerSecond == 2 && history.secondsLeft == 35)
    #expect(history.seconds == 15)
    #expect(self.history([Self.process(100)], steps: [10]).stepsPerSecond == nil)
    // The pause between two processes is no training, and no rate spans it.
    let resumed = self.history(
      [Self.process(90), Self.process(109)], steps: [10, 20, 30])
    #expect(resumed.stepsPerSecond == 2 && resumed.seconds == (105 - 90) + 0 + (115 - 109))
  }
}

import Foundation
import LeRobotCore
import LeRobotLogging
import Support
import Testing

/// When `report.html` is written, and what it then holds.
@Suite struct ReportObserverPropertyTests {
  /// Time that passes by itself only while a page is made.
  private final class FakeClock {
    var now = ContinuousClock.now
    /// Seconds that the next page takes.
    var cost = 0.0
    var pageCount = 0
  }

  private let clock = FakeClock()
  private let folder: TemporaryFolder
  private let run: RunDirectory

  init() throws {
    folder = try TemporaryFolder()
    run = RunDirectory(path: folder.path)
  }

  private func observer(_ history: RunHistory? = nil) -> ReportObserver {
    let clock = clock
    var fixture = ReportFixture()
    fixture.processes = [ReportFixture.process(identity: .current)]
    return ReportObserver(
      history ?? fixture.history, in: run, clock: { clock.now },
      time: {
        clock.now += .seconds(clock.cost)
        clock.pageCount += 1
        return ReportFixture.began + 500
      })
  }

  private func interval(_ step: Int) -> RunEvent {
    var metrics = RunMetrics(
      batchSize: 8, frameCount: 100, episodeCount: 4, initialStep: step - 1)
    metrics.add(
      StepRecord(
        step: step, result: StepResult(loss: 1, gradientNorm: 1), learningRate: 1,
        updateSeconds: 1, dataSeconds: 0))
    return .interval(metrics)
  }

  private func evaluated(_ step: Int) -> RunEvent {
    let summary = EvaluationSummary(
      averageSumReward: 1, averageMaximumReward: 1, successPercentage: 50, episodeCount: 2,
      seconds: 1, videoPaths: [folder.path + "/eval/first.mp4"])
    var metrics = RunMetrics(batchSize: 8, frameCount: 100, episodeCount: 4, initialStep: step)
    metrics.add(summary)
    return .evaluated(summary, metrics)
  }

  private var page: String { get throws { try TextFile.read(run.report) } }

  @Test func aPageIsThereFromTheBeginning() throws {
    let observer = observer()
    try observer.consume(.began(step: 0))
    #expect(try page.contains("0 of 1,000 steps"))
    #expect(try FileSystem.list(folder.path) == ["report.html"])
  }

  @Test func pagesTakeAHundredthOfTheTime() throws {
    let observer = observer()
    clock.cost = 2
    try observer.consume(.began(step: 0))
    for (seconds, expected) in [(0.0, 1), (100, 1), (99, 1), (1, 2), (150, 2), (60, 3)] {
      clock.now += .seconds(seconds)
      try observer.consume(interval(10))
      #expect(clock.pageCount == expected, "\(seconds) seconds later")
    }
  }

  /// Nothing but log lines and evaluations is worth a page, but any event brings one that is due.
  @Test func aPageThatIsDueIsMadeByALaterEvent() throws {
    let observer = observer()
    clock.cost = 1
    try observer.consume(.began(step: 0))
    try observer.consume(interval(7))
    #expect(!(try page.contains("7 of 1,000 steps")))
    clock.now += .seconds(101)
    try observer.consume(.progress("a line"))
    #expect(try page.contains("7 of 1,000 steps"))
    clock.now += .seconds(1000)
    try observer.consume(.progress("a line"))
    #expect(clock.pageCount == 2)
  }

  @Test func anEvaluationAndTheEndAreShownAtOnce() throws {
    let observer = observer()
    clock.cost = 3600
    try observer.consume(.began(step: 0))
    try observer.consume(evaluated(20))
    #expect(try page.contains("./eval/first.mp4"))
    try observer.consume(interval(30))
    #expect(!(try page.contains("30 of 1,000 steps")))
    try observer.consume(.ended(.interrupted(step: 31, signal: 2)))
    #expect(try page.contains("30 of 1,000 steps") && page.contains("stopped after step 31"))
    #expect(observer.history.description?.processes.last?.ending?.kind == "interrupted")
  }

  @Test func anEarlierProcessesLinesStay() throws {
    var fixture = ReportFixture(records: [ReportFixture.line(40, loss: 0.125)])
    fixture.processes = [ReportFixture.process(), ReportFixture.process(firstStep: 40)]
    let observer = observer(fixture.history)
    try observer.consume(interval(50))
    #expect(observer.history.records.map(\.step) == [40, 50])
    #expect(try page.contains("best 0.125 at step 40"))
  }

  @Test func thePicturesOfTheFirstBatchAreFoundWhenTheyAreThere() throws {
    let observer = observer()
    try observer.consume(.began(step: 0))
    #expect(!(try page.contains("data:image/jpeg")))
    var jpeg: [UInt8] = [0xFF, 0xD8, 0xFF, 0xC0, 0, 11, 8, 0, 4, 0, 8, 1, 1, 0x11, 0]
    jpeg += [0xFF, 0xD9]
    try FirstBatchFiles.write(
      [FirstBatchPicture(camera: "top", jpeg: jpeg, width: 8, height: 4)], run)
    try observer.consume(evaluated(20))
    #expect(try page.contains("data:image/jpeg;base64,\(Data(jpeg).base64EncodedString())"))
  }

  /// A page that cannot be written is an error each time, and the next one is tried all the same.
  @Test func aFailureLeavesTheLastPageAndTheNextOneIsWritten() throws {
    let observer = observer()
    try observer.consume(interval(10))
    // Nothing can be renamed onto a folder that holds a file.
    let kept = try page
    try FileSystem.remove(run.report)
    try FileSystem.createDirectory(run.report + "/full")
    #expect(throws: FileError.self) { try observer.consume(interval(20)) }
    #expect(throws: FileError.self) { try observer.consume(.progress(nil)) }
    #expect(try FileSystem.list(folder.path) == ["report.html"], "half a page was left")
    try FileManager.default.removeItem(atPath: run.report)
    try observer.consume(.progress(nil))
    #expect(try page.contains("20 of 1,000 steps") && page != kept)
  }

  @Test func bothFilesOfARunTellTheSameEnding() throws {
    var description = ReportFixture().history.description!
    description.processes = [ReportFixture.process(), ReportFixture.process(firstStep: 5)]
    description.end(.failed(step: 9), at: 77)
    #expect(description.processes[1].ending == .init(kind: "failed", step: 9, time: 77))
    #expect(description.processes[0].ending == nil)
    description.processes = []
    description.end(.finished, at: 77)
    #expect(description.processes.isEmpty)
  }
}

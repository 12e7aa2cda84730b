import Foundation
import LeRobotCore
import LeRobotLogging
import Support
import Testing

/// Resuming cuts and continues: a run's event files hold no point of a step that is made again, and all
/// others once.
@Suite struct TensorBoardResumePropertyTests {
  private static let evaluation = RunEvent.evaluated(
    TensorBoardRun.summary(), TensorBoardRun.evaluation(20))

  /// A run of 40 steps that was evaluated after step 20.
  private static func trained() throws -> TensorBoardRun {
    let run = try TensorBoardRun()
    try run.train(
      TensorBoardObserver(try run.history()), after: 0,
      TensorBoardRun.intervals([10, 20]) + [evaluation] + TensorBoardRun.intervals([30, 40]))
    return run
  }

  private static func expectTheLinesOfMetrics(_ run: TensorBoardRun) throws {
    let (points, lines) = (try run.events().scalars, try RunReader(run.path).history.records)
    #expect(Set(points) == TensorBoardPropertyTests.expected(lines))
    #expect(Set(points).count == points.count)
  }

  @Test func pointsThatAreMadeAgainAreGone() throws {
    let run = try Self.trained()
    let observer = TensorBoardObserver(try run.history(after: 20))
    try observer.consume(.began(step: 20))
    // The evaluation of step 20 is made again too.
    #expect(Set(try run.events().scalars.map(\.step)) == [10, 20])
    #expect(try !run.events().scalars.contains { $0.tag.hasPrefix("eval/") })
    try run.train(observer, after: 20, [Self.evaluation] + TensorBoardRun.intervals([30, 50]))
    #expect(Set(try run.events().scalars.map(\.step)) == [10, 20, 30, 50])
    try Self.expectTheLinesOfMetrics(run)
  }

  /// A reader that has the old file open finds its end there and takes the next file by name, whose
  /// session takes back what it has read.
  @Test func theNewFileComesAfterTheOldOneAndTakesItBack() throws {
    let run = try Self.trained()
    let old = try EventFileContents.read(run.path).map(\.name)
    for _ in 0..<3 {
      try TensorBoardObserver(try run.history(after: 20)).consume(.began(step: 20))
    }
    let files = try EventFileContents.read(run.path)
    #expect(files.count == 2 && files[0].contents?.events.isEmpty == true)
    #expect(old.count == 1 && files.allSatisfy { $0.name > old[0] })
    #expect(files.allSatisfy { $0.name.hasPrefix("events.out.tfevents.") })
    let starts = files[1].contents?.events.filter { $0.message(7)?.number(1) == 1 }
    #expect(starts?.map { $0.number(2) } == [0])
  }

  @Test func aLostFileAndATornOneAreWrittenAgain() throws {
    let run = try Self.trained()
    let old = run.directory.tensorBoard + "/" + (try EventFileContents.read(run.path)[0].name)
    let bytes = try TextFile.bytes(old)
    try Data(bytes.dropLast(5)).write(to: URL(filePath: old))
    try TensorBoardFiles.rebuild(from: try RunReader(run.path).history)
    try Self.expectTheLinesOfMetrics(run)
    try FileSystem.remove(run.directory.tensorBoard)
    try TensorBoardFiles.rebuild(from: try RunReader(run.path).history)
    try Self.expectTheLinesOfMetrics(run)
  }

  /// The pictures of a folder are those of its last process.
  @Test func aFinishedRunIsWrittenWithItsPicturesAndItsEnd() throws {
    let run = try Self.trained()
    var history = try run.history(after: 40)
    history.firstBatch = [FirstBatchPicture(camera: "top", jpeg: [1], width: 1, height: 1)]
    history.description?.processes[0].ending = .init(kind: "finished", step: 40, time: 3000)
    try TensorBoardFiles.rebuild(from: history)
    #expect(try run.events().values("images").map(\.step) == [40])
    #expect(try run.events().values("hparams").last?.tag == "_hparams_/session_end_info")
    try Self.expectTheLinesOfMetrics(run)
  }

  @Test func whatCouldNotBeWrittenIsWrittenLater() throws {
    let run = try TensorBoardRun()
    let obstacle = try #require(run.folder).file("run/tensorboard")
    try TextFile.write("", to: obstacle)
    let observer = TensorBoardObserver(try run.history())
    let metrics = try MetricsFileObserver(path: run.directory.metricsFile, resumingAt: 0)
    for event in [.began(step: 0)] + TensorBoardRun.intervals([10, 20]) {
      try metrics.consume(event)
      #expect(throws: FileError.self) { try observer.consume(event) }
    }
    try FileSystem.remove(obstacle)
    try metrics.consume(.interval(TensorBoardRun.interval(30)))
    try observer.consume(.interval(TensorBoardRun.interval(30)))
    #expect(Set(try run.events().scalars.map(\.step)) == [10, 20, 30])
    try Self.expectTheLinesOfMetrics(run)
  }

  @Test func aRunOfAnEarlierReleaseHasItsNumbers() throws {
    let run = try TensorBoardRun()
    try TextFile.write(
      #"{"steps": 1, "samples": 8, "episodes": 1.0, "epochs": 0.5, "loss": NaN}"# + "\n",
      to: run.directory.metricsFile)
    try TensorBoardFiles.rebuild(from: try RunReader(run.path).history)
    let values = try run.events().values("scalars")
    #expect(
      values.map(\.tag) == ["train/samples", "train/episodes", "train/epochs", "train/loss"])
    #expect(values.last?.number.isNaN == true)
  }
}

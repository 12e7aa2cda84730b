import Foundation
import LeRobotCore
import LeRobotLogging
import LeRobotWatch
import Support
import Testing

/// A run's files while they change.
struct WatchedRunPropertyTests {
  private func step(_ run: WatchedRun) -> Int { run.state.history.step }

  @Test func aRunIsReadAgainOnlyWhenItsFilesChange() throws {
    let folder = try TemporaryFolder()
    let fixture = try WatchFixture(folder.file("run"))
    try fixture.write(WatchFixture.description())
    try fixture.write([WatchFixture.line(step: 100)])
    let run = try WatchedRun(fixture.folder, waits: false)
    #expect(step(run) == 100 && run.state.condition == .readable)
    #expect(!run.refresh())
    try fixture.append(WatchFixture.line(step: 200))
    #expect(run.refresh() && step(run) == 200)
    #expect(!run.refresh())
    try fixture.write(
      WatchFixture.description(
        ending: RunProcess.Ending(kind: "finished", step: 200, time: WatchFixture.began)))
    #expect(run.refresh() && run.state.history.status() == .finished)
    _ = try folder.write("<p>".utf8, to: "run/report.html")
    #expect(!run.state.hasReport)
    #expect(run.refresh() && run.state.hasReport)
  }

  /// Resumed at step 200, the run makes the later steps again: the old file's lines do not count, even
  /// where the new file is as long and begins alike.
  @Test func aResumedRunReplacesItsLines() throws {
    let folder = try TemporaryFolder()
    let fixture = try WatchFixture(folder.file("run"))
    try fixture.write(WatchFixture.description())
    // More than a reader compares of a file's beginning.
    let kept = (1...40).map { WatchFixture.line(step: 100 * $0) }
    try fixture.write(kept + [WatchFixture.line(step: 4100, loss: 0.125)])
    let run = try WatchedRun(fixture.folder, waits: false)
    try fixture.write(kept)
    try fixture.append(WatchFixture.line(step: 4100, loss: 0.375))
    #expect(run.refresh())
    let history = run.state.history
    #expect(history.records.count == 41 && history.records.last?["loss"] == 0.375)
  }

  @Test func aFolderThatGoesAwayKeepsTheNumbersAndComesBack() throws {
    let folder = try TemporaryFolder()
    let fixture = try WatchFixture(folder.file("run"))
    try fixture.write(WatchFixture.description())
    try fixture.write([WatchFixture.line(step: 100), WatchFixture.line(step: 200)])
    let run = try WatchedRun(fixture.folder, waits: false)
    try FileSystem.remove(fixture.folder)
    #expect(run.refresh() && run.state.condition == .gone && step(run) == 200)
    let again = try WatchFixture(fixture.folder)
    #expect(run.refresh() && run.state.condition == .waiting && step(run) == 0)
    try again.write([WatchFixture.line(step: 100)])
    #expect(run.refresh() && run.state.condition == .readable && step(run) == 100)
  }

  @Test func anEmptyFolderIsWaitedForWhereSomeoneCanWatch() throws {
    let folder = try TemporaryFolder()
    let fixture = try WatchFixture(folder.file("run"))
    #expect(throws: RunReadingError.self) { try WatchedRun(fixture.folder, waits: false) }
    let run = try WatchedRun(fixture.folder + "/", waits: true)
    #expect(run.state.condition == .waiting && !run.refresh())
    try fixture.write(WatchFixture.description())
    #expect(run.refresh() && run.state.condition == .readable)
    #expect(run.state.history.steps == 1000)
  }

  @Test(arguments: [true, false])
  func whatIsNoRunIsAnErrorInALine(waits: Bool) throws {
    let folder = try TemporaryFolder()
    _ = try folder.write("x".utf8, to: "other/notes.txt")
    for (name, words) in [
      ("missing", "there is no such folder; give a run's output_dir"),
      ("other", "holds neither run.json nor metrics.jsonl; give a run's output_dir"),
    ] {
      let error = #expect(throws: RunReadingError.self) {
        try WatchedRun(folder.file(name), waits: waits)
      }
      #expect(error?.description == "\(folder.file(name)): \(words)")
    }
  }

  @Test func aCheckpointLeadsToItsRun() throws {
    let folder = try TemporaryFolder()
    let fixture = try WatchFixture(folder.file("run"))
    try fixture.write([WatchFixture.line(step: 300)])
    let checkpoint = fixture.folder + "/checkpoints/000300"
    try FileSystem.createDirectory(checkpoint)
    #expect(try step(WatchedRun(checkpoint, waits: true)) == 300)
  }
}

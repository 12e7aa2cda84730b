import Foundation
import LeRobotCore
import OrderedCollections
import Support
import Synchronization
import Testing

/// Checkpoints written beside a run, and which of them stay.
struct CheckpointSaverPropertyTests {
  private struct Broken: Error {}

  private func names(_ writer: CheckpointWriter) throws -> [String] {
    try FileSystem.list(writer.folder)
  }

  @Test func checkpointsAreWrittenOneAtATimeAndInOrder() throws {
    let run = try TemporaryFolder()
    let writer = CheckpointWriter(outputDirectory: run.path, totalSteps: 10)
    let saver = CheckpointSaver(writer)
    #expect(saver.last == nil)
    // What is on the disk when the writing of each step begins.
    let found = Mutex<[[String]]>([])
    let goOn = DispatchSemaphore(value: 0)
    for step in 1...4 {
      // It waits until the one before is written, and that waits for the line below.
      try saver.begin {
        let names = (try? FileSystem.list(writer.folder)) ?? []
        found.withLock { $0.append(names) }
        goOn.wait()
        return .sample(step: step)
      }
      #expect(
        try saver.finishedCheckpoints(waiting: false).map(\.step) == (step == 1 ? [] : [step - 1]))
      goOn.signal()
    }
    let written = try saver.finishedCheckpoints(waiting: true)
    #expect(
      found.withLock { $0 }
        == [
          [], ["000001", "last"], ["000001", "000002", "last"],
          ["000001", "000002", "000003", "last"],
        ])
    #expect(written == [WrittenCheckpoint(step: 4, path: writer.path(step: 4))])
    #expect(try saver.finishedCheckpoints(waiting: true).isEmpty)
    #expect(saver.last == writer.path(step: 4))
    #expect(try Checkpoint.open(run.path).path == writer.path(step: 4))
  }

  @Test func beginningDoesNotWaitForTheDisk() throws {
    let run = try TemporaryFolder()
    let saver = CheckpointSaver(CheckpointWriter(outputDirectory: run.path, totalSteps: 10))
    let goOn = DispatchSemaphore(value: 0)
    try saver.begin {
      goOn.wait()
      return .sample(step: 1)
    }
    #expect(try saver.finishedCheckpoints(waiting: false).isEmpty)
    #expect(saver.last == nil)
    goOn.signal()
    #expect(try saver.finishedCheckpoints(waiting: true).map(\.step) == [1])
  }

  @Test func aFailureIsToldOnceAskedAndStopsFurtherWriting() throws {
    let run = try TemporaryFolder()
    let writer = CheckpointWriter(outputDirectory: run.path, totalSteps: 10)
    let saver = CheckpointSaver(writer)
    try saver.begin { .sample(step: 1) }
    try saver.begin { throw Broken() }
    #expect(throws: Broken.self) { try saver.begin { .sample(step: 3) } }
    #expect(throws: Broken.self) { try saver.finishedCheckpoints(waiting: true) }
    #expect(saver.last == writer.path(step: 1))
    #expect(try names(writer) == ["000001", "last"])
  }

  @Test(arguments: [1, 2, 9])
  func onlyTheNewestStay(count: Int) throws {
    let run = try TemporaryFolder()
    let writer = CheckpointWriter(outputDirectory: run.path, totalSteps: 10)
    let saver = CheckpointSaver(writer, keeping: count)
    for step in 1...4 { try saver.begin { .sample(step: step) } }
    #expect(try saver.finishedCheckpoints(waiting: true).allSatisfy { $0.leftover == nil })
    let kept = (max(1, 5 - count)...4).map { "00000\($0)" }
    #expect(try names(writer) == kept + ["last"])
  }

  @Test func checkpointsOfLaterStepsAndOtherFilesStay() throws {
    let run = try TemporaryFolder()
    let writer = CheckpointWriter(outputDirectory: run.path, totalSteps: 10)
    for step in [2, 4, 8] { try writer.write(.sample(step: step)) }
    try FileSystem.createDirectory(writer.folder + "/notes")
    // Resumed from step 2: 4 and 8 are of the run that is being left.
    let saver = CheckpointSaver(writer, keeping: 1)
    try saver.begin { .sample(step: 3) }
    _ = try saver.finishedCheckpoints(waiting: true)
    #expect(try names(writer) == ["000003", "000004", "000008", "last", "notes"])
    #expect(FileSystem.linkTarget(writer.folder + "/last") == "000003")
  }

  @Test func whatLastPointsAtIsNeverRemoved() throws {
    let run = try TemporaryFolder()
    let writer = CheckpointWriter(outputDirectory: run.path, totalSteps: 10)
    for step in [3, 2, 1] { try writer.write(.sample(step: step)) }
    try writer.removeOld(keeping: 1, upTo: 3)
    #expect(try names(writer) == ["000001", "000003", "last"])
  }

  @Test func whatCannotBeRemovedIsToldAndHarmsNothing() throws {
    let run = try TemporaryFolder()
    let writer = CheckpointWriter(outputDirectory: run.path, totalSteps: 10)
    let saver = CheckpointSaver(writer, keeping: 1)
    try writer.write(.sample(step: 1))
    // A name under which nothing can be made stands in the way of setting it aside.
    try FileSystem.createDirectory(writer.folder + "/" + String(repeating: "0", count: 250))
    try saver.begin { .sample(step: 2) }
    let written = try saver.finishedCheckpoints(waiting: true)
    guard case .notRemoved(.system)? = written.first?.leftover else {
      Issue.record("\(written)")
      return
    }
    #expect(written.first.map { "\($0.leftover!)".contains("\n") } == false)
    #expect(try Checkpoint.open(run.path).path == writer.path(step: 2))
  }
}

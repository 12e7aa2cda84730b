import Foundation
import LeRobotCore
import LeRobotLogging
import Support
import Testing

@Suite struct RunDirectoryPropertyTests {
  @Test func aNewFolderIsMadeWithItsParents() throws {
    let temporary = try TemporaryFolder()
    let folder = temporary.path
    let directory = RunDirectory(path: folder + "/a/b")
    #expect(try directory.prepare().movedTo == nil)
    #expect(FileManager.default.fileExists(atPath: directory.path))
    withExtendedLifetime(temporary) {}
  }

  @Test func whatACrashedRunLeftIsMovedAside() throws {
    let temporary = try TemporaryFolder()
    let folder = temporary.path
    let directory = RunDirectory(path: folder + "/run")
    _ = try directory.prepare()
    try "{}".write(toFile: directory.metricsFile, atomically: true, encoding: .utf8)
    #expect(try directory.prepare().movedTo == folder + "/run.1")
    #expect(FileManager.default.fileExists(atPath: folder + "/run.1/metrics.jsonl"))
    #expect(!FileManager.default.fileExists(atPath: directory.metricsFile))
    withExtendedLifetime(temporary) {}
  }

  /// A run that has not saved yet looks like one that crashed, but it is alive.
  @Test func aFolderThatIsInUseIsLeftAlone() throws {
    let temporary = try TemporaryFolder()
    let directory = RunDirectory(path: temporary.file("run"))
    let first = try directory.prepare().claim
    try "{}".write(toFile: directory.metricsFile, atomically: true, encoding: .utf8)
    let busy = TrainingError.outputDirectoryBusy(path: directory.path)
    #expect(throws: busy) { try directory.prepare() }
    #expect(throws: busy) { try directory.create() }
    #expect(try FileSystem.list(directory.path) == ["metrics.jsonl"])
    #expect(busy.description.contains("choose another --output_dir"))
    withExtendedLifetime((temporary, first)) {}
  }

  @Test func aClaimIsOverWithTheRun() throws {
    let temporary = try TemporaryFolder()
    let directory = RunDirectory(path: temporary.file("run"))
    let busy = TrainingError.outputDirectoryBusy(path: directory.path)
    var claim: FolderClaim? = try directory.prepare().claim
    #expect(throws: busy) { try directory.create() }
    withExtendedLifetime(claim) {}
    claim = nil
    #expect(throws: Never.self) { try directory.create() }
    withExtendedLifetime(temporary) {}
  }

  /// However its process ends: the claim is the kernel's.
  @Test func aClaimIsOverWithItsProcess() throws {
    let temporary = try TemporaryFolder()
    let directory = RunDirectory(path: temporary.file("run"))
    try FileSystem.createDirectory(directory.path)
    let (holder, input, output) = (Process(), Pipe(), Pipe())
    holder.executableURL = URL(filePath: "/usr/bin/env")
    holder.arguments = ["flock", directory.path, "sh", "-c", "echo held; exec cat"]
    (holder.standardInput, holder.standardOutput) = (input, output)
    try holder.run()
    #expect(output.fileHandleForReading.availableData == Data("held\n".utf8))
    #expect(throws: TrainingError.outputDirectoryBusy(path: directory.path)) {
      try directory.create()
    }
    try input.fileHandleForWriting.close()
    holder.waitUntilExit()
    #expect(throws: Never.self) { try directory.create() }
    withExtendedLifetime(temporary) {}
  }

  @Test func aCheckpointIsNeverMovedAside() throws {
    let temporary = try TemporaryFolder()
    let folder = temporary.path
    let directory = RunDirectory(path: folder + "/run")
    try FileManager.default.createDirectory(
      atPath: directory.checkpoints + "/000002", withIntermediateDirectories: true)
    #expect(
      throws: TrainingError.outputDirectoryInUse(
        path: directory.path, reason: "holds checkpoint 000002")
    ) { try directory.prepare() }
    withExtendedLifetime(temporary) {}
  }

  @Test func aStrangersFileIsNeverMovedAside() throws {
    let temporary = try TemporaryFolder()
    let folder = temporary.path
    let directory = RunDirectory(path: folder)
    try "x".write(toFile: folder + "/thesis.tex", atomically: true, encoding: .utf8)
    #expect(
      throws: TrainingError.outputDirectoryInUse(
        path: folder, reason: "holds thesis.tex, which no training wrote")
    ) { try directory.prepare() }
    withExtendedLifetime(temporary) {}
  }

  @Test func aFileInTheWayIsNamed() throws {
    let temporary = try TemporaryFolder()
    let folder = temporary.path
    try "x".write(toFile: folder + "/run", atomically: true, encoding: .utf8)
    #expect(
      throws: TrainingError.outputDirectoryInUse(
        path: folder + "/run", reason: "is a file, not a folder")
    ) { try RunDirectory(path: folder + "/run").prepare() }
    withExtendedLifetime(temporary) {}
  }

  @Test func aMetricsFileThatCannotBeOpenedIsNamed() throws {
    let temporary = try TemporaryFolder()
    let folder = temporary.path
    let path = folder + "/none/metrics.jsonl"
    #expect(
      throws: TrainingError.file(.system(.create, path: path + ".unfinished", code: ENOENT))
    ) { try MetricsFileObserver(path: path, resumingAt: 0) }
    withExtendedLifetime(temporary) {}
  }
}

import Foundation
import LeRobotEnvs
import Support
import Testing

/// Chipmunk as a library that may or may not be there.
struct ChipmunkPropertyTests {
  @Test func libraryIsLookedForInTheEnvironmentInUse() throws {
    #expect(ChipmunkLibrary.candidates([:]) == ["libchipmunk.so.7"])
    #expect(ChipmunkLibrary.candidates(["LIBCHIPMUNK": "/x/y.so"]) == ["/x/y.so"])
    let python = try TemporaryFolder()
    let package = python.file("lib/python3.11/site-packages/pymunk")
    try FileManager.default.createDirectory(atPath: package, withIntermediateDirectories: true)
    let library = package + "/_chipmunk.abi3.so"
    #expect(ChipmunkLibrary.candidates(["VIRTUAL_ENV": python.path]) == ["libchipmunk.so.7"])
    try Data().write(to: URL(filePath: library))
    #expect(
      ChipmunkLibrary.candidates(["VIRTUAL_ENV": python.path]) == ["libchipmunk.so.7", library])
  }

  @Test func missingLibraryIsALineWithItsRemedy() throws {
    let folder = try TemporaryFolder()
    let run = try CommandRun(
      ["LIBCHIPMUNK=/nowhere.so", TrainingProgram.path] + TrainingProgram.smallest + [
        "--env.type=pusht", "--steps=1", "--output_dir=\(folder.file("run"))",
      ])
    #expect(run.status == 1)
    let message = run.output.split(separator: "\n").last ?? ""
    #expect(message.hasPrefix("lerobot-train: error: Chipmunk cannot be opened (/nowhere.so: "))
    #expect(message.contains("apt-get install libchipmunk7"))
  }

  /// Debian's build greets on standard output when it is first used.
  @Test(.enabled(if: PushTRecording.canSimulate, "no Chipmunk: run Scripts/setup"))
  func libraryIsSilent() throws {
    let program = URL(filePath: TrainingProgram.path).deletingLastPathComponent()
      .appending(path: "bench-environment").path
    let run = try CommandRun(program, "1")
    #expect(run.status == 0)
    #expect(run.output.split(separator: "\n").count == 1 && run.output.hasPrefix("{"))
  }
}

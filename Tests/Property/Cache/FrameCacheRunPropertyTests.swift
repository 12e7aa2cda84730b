import Foundation
import LeRobotCore
import Support
import Testing

/// `--dataset.frame_cache` on the command line.
@Suite(.serialized) struct FrameCacheRunPropertyTests {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  /// Five steps of the smallest policy, with datasets' caches in a folder of their own.
  private func train(_ name: String, _ arguments: [String], prefix: [String] = []) throws
    -> (run: CommandRun, trace: TrainingTrace)
  {
    let trace = folder.file("\(name).jsonl")
    let run = try CommandRun(
      ["HF_LEROBOT_HOME=\(folder.file("home"))"] + prefix + [TrainingProgram.path]
        + TrainingProgram.smallest + [
          "--steps=5", "--num_workers=2", "--save_checkpoint=false", "--trace=\(trace)",
          "--output_dir=\(folder.file(name))",
        ] + arguments)
    try #require(run.status == 0, "\(run.output)")
    return (run, try TrainingTrace(trace))
  }

  @Test func aRunIsTheSameWithEveryCache() throws {
    let off = try train("off", ["--dataset.frame_cache=off"])
    #expect(off.run.output.contains("Frame cache: off"))
    for choice in ["ram", "disk", "disk"] {
      let cached = try train(choice + UUID().uuidString, ["--dataset.frame_cache=\(choice)"])
      #expect(cached.trace == off.trace, "\(choice)")
      let place = choice == "ram" ? "in memory" : "on disk"
      #expect(cached.run.output.contains("Frame cache: \(place)"))
    }
    let unasked = try train("unasked", [])
    #expect(unasked.trace == off.trace)
    #expect(unasked.run.output.contains("Frame cache: in memory, up to "))
    #expect(unasked.run.output.contains(" pictures kept in "))
  }

  /// No file may grow beyond a limit: the system's own refusal.
  @Test func aDiskThatIsFullIsAWarningAndTheRunGoesOn() throws {
    let limit = #"ulimit -f 100; trap "" XFSZ; exec "$0" "$@""#
    let run = try train(
      "full", ["--dataset.frame_cache=disk"], prefix: ["bash", "-c", limit]
    ).run
    let lines = run.output.split(separator: "\n").filter { $0.contains("the frame cache is full") }
    #expect(lines.count == 1 && lines[0].contains("(File too large)"), "\(run.output)")
    #expect(lines.first?.hasPrefix("WARNING ") == true)
  }

  @Test func aDryRunWritesNoFrames() throws {
    let run = try CommandRun(
      ["HF_LEROBOT_HOME=\(folder.file("home"))", TrainingProgram.path] + TrainingProgram.smallest
        + ["--dry_run", "--num_workers=0", "--dataset.frame_cache=disk"])
    #expect(run.status == 0)
    #expect(!FileManager.default.fileExists(atPath: folder.file("home")))
  }
}

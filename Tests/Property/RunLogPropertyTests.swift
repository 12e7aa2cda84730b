import Foundation
import LeRobotCore
import Support
import Testing

/// The lines of the program's log, in their order.
@Suite struct RunLogPropertyTests {
  /// The messages that stand in a log, in the order they do.
  private static func order(_ output: String, _ messages: [String]) -> [String] {
    output.split(separator: "\n").compactMap { line in
      messages.first { line.hasSuffix(" \($0)") }
    }
  }

  private static let parts = [
    "Creating dataset", "Creating env", "Creating policy", "Creating optimizer and scheduler",
  ]

  @Test func aDatasetThatIsNotThereIsMissedAfterTheLogHasAnnouncedIt() throws {
    let run = try TrainingProgram.run(TrainingProgram.smallest + ["--dataset.root=/nowhere"])
    #expect(run.status == 1)
    #expect(Self.order(run.output, Self.parts) == ["Creating dataset"])
    let last = run.output.split(separator: "\n").last ?? ""
    #expect(last.hasPrefix("lerobot-train: error: /nowhere: "), "\(run.output)")
  }

  @Test func linesComeInLeRobotsOrder() throws {
    let folder = try TemporaryFolder()
    let run = try TrainingProgram.run(
      TrainingProgram.tiny + ["--steps=2", "--output_dir=\(folder.file("run"))"])
    try #require(run.status == 0, "\(run.output)")
    let sources = run.output.split(separator: "\n").compactMap { line in
      line.split(separator: " ").first { $0.hasPrefix("ot_train.py:") }
        .flatMap { Int($0.dropFirst("ot_train.py:".count)) }
    }
    // Configuration, logger, dataset, policy, optimizer, sizes, start, steps, checkpoint, end.
    #expect(
      sources == [
        163, 171, 183, 202, 247, 259, 264, 265, 266, 269, 270, 271, 327, 354, 354, 364, 435,
      ], "\(run.output)")
  }
}

import Foundation
import LeRobotCore
import Support
import Testing

/// The program that shows runs, as its users run it.
struct WatchProgramPropertyTests {
  private let folder: TemporaryFolder
  private let run: WatchFixture

  init() throws {
    folder = try TemporaryFolder()
    run = try WatchFixture(folder.file("run"))
    try run.write(WatchFixture.description(.gone))
    try run.write([WatchFixture.line(step: 100), WatchFixture.line(step: 200)])
  }

  private static let enter = "\u{1B}[?1049h"
  private static let leave = "\u{1B}[0m\u{1B}[?7h\u{1B}[?25h\u{1B}[?1049l"
  private static let footer = "q ends the view"

  /// The terminal has its own screen and its cursor back, however the view ends.
  @Test(arguments: [("q", Int32(0)), ("Q", 0), ("\u{3}", 130), ("\u{1C}", 131)])
  func keysEndTheView(keys: String, status: Int32) throws {
    let view = try TerminalProgram.run(
      [TrainingProgram.path, "--watch=\(run.folder)"],
      steps: [TerminalProgram.Step(at: Self.footer, type: keys)])
    #expect(view.status == status, "\(view.output)")
    #expect(view.output.hasPrefix(Self.enter))
    // The terminal itself shows ^C.
    #expect(view.output.contains(Self.leave) && view.output.hasSuffix(Self.leave))
    #expect(view.output.contains("200/1000  20%"))
    #expect(!view.output.contains("\u{1B}[36m"), "NO_COLOR is set")
  }

  /// Ctrl-L asks for all of it.
  @Test func theScreenIsDrawnAgainOnDemand() throws {
    let view = try TerminalProgram.run(
      [TrainingProgram.path, "--watch=\(run.folder)"],
      steps: [
        TerminalProgram.Step(at: Self.footer, type: "\u{C}"),
        TerminalProgram.Step(at: Self.footer, type: "q"),
      ])
    #expect(view.status == 0)
    #expect(view.output.components(separatedBy: "dataloading_s").count == 3)
  }

  @Test func coloursAreShownWhereTheyAreNotRefused() throws {
    let view = try TerminalProgram.run(
      [TrainingProgram.path, "--watch=\(run.folder)"],
      steps: [TerminalProgram.Step(at: Self.footer, type: "q")], environment: ["NO_COLOR": ""])
    #expect(view.output.contains("\u{1B}[36m"))
  }

  @Test func aTerminalThatCannotBeDrawnOnGetsTheSummary() throws {
    let view = try TerminalProgram.run(
      [TrainingProgram.path, "--watch=\(run.folder)"], steps: [], environment: ["TERM": "dumb"])
    #expect(view.status == 0 && !view.output.contains("\u{1B}"))
    #expect(view.output.contains("200/1000  20%"))
  }

  @Test func aPipeGetsASummary() throws {
    let summary = try TrainingProgram.run(["--watch", run.folder, run.folder])
    #expect(summary.status == 0 && !summary.output.contains("\u{1B}"))
    #expect(summary.output.components(separatedBy: "pusht_act – run\n").count == 3)
  }

  @Test(arguments: [["--watch=/nowhere"], ["--watch=/nowhere", "--port=0"], ["--report=/nowhere"]])
  func aRunThatIsNotThereIsAnErrorInALine(arguments: [String]) throws {
    let result = try TrainingProgram.run(arguments)
    #expect(result.status == 1)
    #expect(
      result.output == "lerobot-train: error: /nowhere: there is no such folder; "
        + "give a run's output_dir\n")
  }

  @Test func theServerSaysWhereItIsAndEndsByCtrlC() throws {
    let server = try TrainingProgram.start(
      ["--watch=\(run.folder)", "--port=0"], signals: ["--default-signal=INT"])
    try server.wait(for: "/ – Ctrl-C ends\n")
    server.send(SIGINT)
    let (end, output) = server.end()
    #expect(end == .exit(130))
    #expect(output.hasPrefix("Watching \(run.folder) at http://127.0.0.1:"))
    #expect(output.split(separator: "\n").count == 1)
  }

  @Test func aReportIsWrittenFromTheFiles() throws {
    // Standard error has notes on what could not be made.
    let result = try CommandRun(
      "sh", "-c", "exec \"$0\" \"$1\" 2>/dev/null", TrainingProgram.path, "--report=\(run.folder)")
    #expect(result.status == 0)
    // The files for other programs follow.
    #expect(result.output.hasPrefix(run.folder + "/report.html\n"))
    #expect(try TextFile.read(run.folder + "/report.html").contains("pusht_act"))
  }
}

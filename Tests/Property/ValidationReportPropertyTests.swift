import Foundation
import LeRobotCore
import LeRobotLogging
import Support
import Testing

/// What the report shows of validations.
@Suite struct ValidationReportPropertyTests {
  private static func report(_ error: Double) -> ActionErrorReport {
    ActionErrorReport(
      error: error, joints: [error - 1, error + 1],
      prefixes: [.init(steps: 1, error: error / 2, joints: [error, error])], stepCount: 8,
      median: .init(number: 3, error: error), worst: .init(number: 7, error: 2 * error))
  }

  static let summary = ValidationSummary(
    weights: .init(loss: 0.25, actions: report(12.5)), average: nil, hold: report(45.25),
    meanChunk: report(67.75), heldFeature: "observation.state", joints: ["shoulder <1>", "wrist"],
    episodeCount: 2, lossFrameCount: 20, actionFrameCount: 10, fps: 10,
    trajectories: [
      .init(
        episode: 7, recorded: [[1, 2], [3, 4], [5, 6]], planned: [[1, 3], [2, 4], [6, 5]], stride: 2
      )
    ], seconds: 1.5, file: "f")

  private func history(in folder: String) -> RunHistory {
    var metrics = RunMetrics(batchSize: 2, frameCount: 20, episodeCount: 2, initialStep: 40)
    metrics.add(Self.summary)
    var history = RunHistory(folder: folder, records: [MetricsRecord(validation: metrics)])
    history.validation = Self.summary.json
    return history
  }

  @Test func theReportShowsErrorsBaselinesAndTrajectories() throws {
    let page = ReportPage([history(in: "run")], now: 1e9).html
    for text in [
      "id=\"validation\"", "Baseline: staying", "Baseline: mean chunk", "12.5", "45.25", "67.75",
      "shoulder &lt;1&gt;", "Episode 7: wrist", "plot-episode-7-joint-2", "Held-out loss",
    ] { #expect(page.contains(text), "\(text)") }
    #expect(!page.contains("Average of its weights"))
  }

  /// A run that is over is read from its files.
  @Test func aValidationIsReadFromItsFolder() throws {
    let folder = try TemporaryFolder()
    let run = RunDirectory(path: folder.path)
    let expected = history(in: folder.path)
    try FileSystem.createDirectory(run.validations)
    try TextFile.write(
      Self.summary.json.pythonText(), to: "\(run.validations)/step_000040.json")
    try TextFile.write(
      expected.records[0].json.pythonText() + "\n", to: run.metricsFile)
    let read = try RunReader(folder.path).history
    #expect(read.records.map(\.kind) == [.validation])
    #expect(read.validation == Self.summary.json)
    #expect(read.validations[0]["action_error"] == 12.5)
    // A damaged file shows nothing, and spoils nothing.
    try TextFile.write("{", to: "\(run.validations)/step_000040.json")
    #expect(try RunReader(folder.path).history.validation.isNull)
  }

  /// Losses as LeRobot 0.6 names them, the rest apart.
  @Test func loggersGetTheirNames() {
    let values = history(in: "run").records[0].validationValues
    #expect(values["eval/eval_loss"] == 0.25 && values["validation/action_error"] == 12.5)
    #expect(values["validation/action_error_hold"] == 45.25)
    #expect(values.keys.allSatisfy { $0.hasPrefix("eval/") || $0.hasPrefix("validation/") })
  }
}

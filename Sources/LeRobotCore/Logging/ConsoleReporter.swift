import Foundation

/// LeRobot's log lines on standard error and, on a terminal, a line of progress below them.
package final class ConsoleReporter: TrainingReporter {
  private let steps: Int
  private let logger: ConsoleLogger
  private var progress: ProgressLine?

  /// - Parameters:
  ///   - steps: steps of the whole run.
  ///   - start: steps done before this process began.
  package init(logger: ConsoleLogger, steps: Int, startingAt start: Int) {
    self.logger = logger
    self.steps = steps
    progress = logger.isTerminal ? ProgressLine(steps: steps, startingAt: start) : nil
  }

  package func didUpdate(_ record: StepRecord, batch: Batch) {
    if let line = progress?.text(after: record) { logger.show(progress: line) }
  }

  package func didAverage(_ metrics: MetricsTracker) {
    logger.info(metrics.description, from: .metrics)
  }

  package func willSave(step: Int) {
    logger.info("Checkpoint policy after step \(step)", from: .checkpoint)
  }

  package func willEvaluate(step: Int) {
    logger.info("Eval policy at step \(step)", from: .evaluation)
  }

  package func didEvaluate(_ summary: EvaluationSummary, results: MetricsTracker) {
    for problem in summary.problems { logger.warning(problem) }
    for (suite, info) in summary.info {
      logger.info("Suite \(suite) aggregated: \(info.pythonRepr)", from: .suite)
    }
    logger.info(results.description, from: .results)
  }

  package func didFailToEvaluate(step: Int, error: any Error) {
    logger.warning("step \(step) could not be evaluated: \(error); training goes on")
  }

  package func didSave(_ checkpoint: WrittenCheckpoint) {
    if let leftover = checkpoint.leftover { logger.warning("\(leftover)") }
  }
}

/// The text of a progress line: how far, how fast, how long still.
package struct ProgressLine {
  private let steps: Int
  private let start: Int
  private let begin = ContinuousClock.now
  private var shown: ContinuousClock.Instant?

  package init(steps: Int, startingAt start: Int) {
    self.steps = steps
    self.start = start
  }

  /// The line after a step; nil when the last one was shown less than a tenth of a second ago.
  package mutating func text(after record: StepRecord) -> String? {
    let now = ContinuousClock.now
    if let shown, now - shown < .milliseconds(100), record.step < steps { return nil }
    shown = now
    let elapsed = (now - begin).seconds
    let rate = elapsed > 0 ? Double(record.step - start) / elapsed : 0
    let left = rate > 0 ? Self.clock(Double(steps - record.step) / rate) : "?"
    let percent = steps > 0 ? 100 * record.step / steps : 100
    return String(
      format: "%3d%% %d/%d  %@  left %@  loss %.3f", percent, record.step, steps,
      Self.pace(rate), left, record.result.loss)
  }

  /// Steps per second, or seconds per step where that is the larger number.
  package static func pace(_ rate: Double) -> String {
    if rate <= 0 { return "? step/s" }
    return rate >= 1
      ? String(format: "%.1f step/s", rate) : String(format: "%.1f s/step", 1 / rate)
  }

  /// Seconds as `h:mm:ss`, or `m:ss` below an hour.
  package static func clock(_ seconds: Double) -> String {
    let total = Int(seconds.rounded())
    let (hours, minutes, rest) = (total / 3600, total / 60 % 60, total % 60)
    return hours > 0
      ? String(format: "%d:%02d:%02d", hours, minutes, rest)
      : String(format: "%d:%02d", minutes, rest)
  }
}

import Foundation
import LeRobotCore

/// The text of a progress line: how far, how fast, how long still.
package struct ProgressLine {
  private let steps: Int
  private let start: Int
  private let now: () -> ContinuousClock.Instant
  private let begin: ContinuousClock.Instant
  private var shown: ContinuousClock.Instant?

  /// - Parameters:
  ///   - steps: steps of the whole run.
  ///   - start: steps done before this process began.
  package init(
    steps: Int, startingAt start: Int,
    now: @escaping () -> ContinuousClock.Instant = { ContinuousClock.now }
  ) {
    self.steps = steps
    self.start = start
    self.now = now
    begin = now()
  }

  /// The line after a step; nil when the last one was shown less than a tenth of a second ago.
  package mutating func text(after record: StepRecord) -> String? {
    let now = now()
    if let shown, now - shown < .milliseconds(100), record.step < steps { return nil }
    shown = now
    let elapsed = (now - begin).seconds
    let rate = elapsed > 0 ? Double(record.step - start) / elapsed : 0
    let left = rate > 0 ? formatClock(Double(steps - record.step) / rate) : "?"
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
}

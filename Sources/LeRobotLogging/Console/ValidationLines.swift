import Foundation
import LeRobotCore

/// A validation as lines of the log.
enum ValidationLines {
  private static let loss = NumberFormat.fixed(4)

  /// As LeRobot 0.6 logs it, with the loss of the averaged weights beside it.
  static func losses(_ summary: ValidationSummary) -> String {
    let live = "\(ValidationSummary.Key.loss)=\(loss(summary.weights.loss))"
    guard let average = summary.average else { return live }
    return live + " \(ValidationSummary.Key.averageLoss)=\(loss(average.loss))"
  }

  /// How far the actions are from the recorded ones, beside the baselines, and what it cost.
  static func errors(_ summary: ValidationSummary) -> [String] {
    var lines = [errors(summary.weights.actions, of: "Action error")]
    if let average = summary.average {
      lines.append(errors(average.actions, of: "Action error of the average"))
    }
    lines.append(
      "Baselines: holding \(summary.heldFeature) \(number(summary.hold.error)), mean chunk "
        + "\(number(summary.meanChunk.error)); \(summary.actionFrameCount) frames of "
        + "\(summary.episodeCount) episodes, loss of \(summary.lossFrameCount), in "
        + "\(NumberFormat.fixed(1)(summary.seconds)) s")
    return lines
  }

  private static func errors(_ report: ActionErrorReport, of subject: String) -> String {
    let prefixes = report.prefixes.map { prefix in
      let steps = prefix.steps == 1 ? "first step" : "first \(prefix.steps)"
      return "\(steps) \(number(prefix.error))"
    }
    return "\(subject) \(number(report.error)) over \(report.stepCount) steps"
      + (prefixes.isEmpty ? "" : " (\(prefixes.joined(separator: ", ")))")
      + "; median episode \(number(report.median.error)), worst \(number(report.worst.error)) in "
      + "episode \(report.worst.number)"
  }

  /// Three digits and more: units differ from dataset to dataset.
  private static func number(_ value: Double) -> String {
    let digits = value == 0 || !value.isFinite ? 0 : Int(log10(abs(value)).rounded(.down))
    return NumberFormat.fixed(max(0, 3 - max(digits, -6)))(value)
  }
}

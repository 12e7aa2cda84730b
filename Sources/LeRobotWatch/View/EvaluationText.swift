import LeRobotCore
import LeRobotLogging

/// What an evaluation says, in short texts.
enum EvaluationText {
  static func parts(_ record: MetricsRecord) -> [String] {
    var parts = ["step \(record.step)"]
    if let success = record["pc_success"] {
      parts.append("success \(NumberFormat.percent(1)(success))")
    }
    if let reward = record["avg_sum_reward"] { parts.append("reward \(NumberText.value(reward))") }
    if let most = record["avg_max_reward"] { parts.append("max reward \(NumberText.value(most))") }
    if let count = record["n_episodes"] { parts.append("\(Int(clamping: count)) episodes") }
    if let seconds = record["eval_s"] { parts.append(formatClock(seconds)) }
    return parts
  }
}

extension Int {
  /// The nearest whole number; 0 for what is none.
  fileprivate init(clamping value: Double) { self = Int(exactly: value.rounded()) ?? 0 }
}

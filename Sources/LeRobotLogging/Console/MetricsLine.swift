import LeRobotCore

/// Metrics as a line of LeRobot's log shows them: `step:200 smpl:2K ep:1 epch:0.03 loss:…`. It shows
/// the values that LeRobot shows; others stay out of it.
package enum MetricsLine {
  /// A value's name, its short name in the line, and its format.
  private typealias Column = (name: String, label: String, format: NumberFormat)

  private static let training: [Column] = [
    ("loss", "loss", .fixed(3)), ("grad_norm", "grdn", .fixed(3)), ("lr", "lr", .scientific(1)),
    ("update_s", "updt_s", .fixed(3)), ("dataloading_s", "data_s", .fixed(3)),
  ]

  /// LeRobot's tutorials show the success with a percent sign.
  private static let evaluation: [Column] = [
    ("avg_sum_reward", "∑rwrd", .fixed(3)), ("pc_success", "success", .percent(1)),
    ("eval_s", "eval_s", .fixed(3)),
  ]

  /// The line of a log interval.
  package static func training(_ metrics: RunMetrics) -> String { text(metrics, training) }

  /// The line of an evaluation.
  package static func evaluation(_ metrics: RunMetrics) -> String { text(metrics, evaluation) }

  private static func text(_ metrics: RunMetrics, _ columns: [Column]) -> String {
    let counts = [
      "step:\(formatBigNumber(metrics.steps))", "smpl:\(formatBigNumber(metrics.samples))",
      "ep:\(formatBigNumber(metrics.episodes))", "epch:\(NumberFormat.fixed(2)(metrics.epochs))",
    ]
    let values = columns.compactMap { column in
      metrics.meters[column.name].map { "\(column.label):\(column.format($0.average))" }
    }
    return (counts + values).joined(separator: " ")
  }
}

/// Which checkpoints of a run are its best, and when it ends before its last step.
package struct SelectionOptions: ConfigRecord {
  static let metricKey = "best_metric"
  static let countKey = "keep_best"
  static let patienceKey = "patience"
  static let timeLimitKey = "time_limit"

  /// What checkpoints are compared by; nil takes the first that the run measures.
  package var metric: SelectionMetric?
  /// How many of the best stay.
  package var count = 1
  /// Measurements without a better one after which the run ends; nil goes through all steps.
  package var patience: Int?
  /// Time after which the process saves a checkpoint and ends; nil has no limit.
  package var timeLimit: String?

  package init() {}

  package static let fields: [Field<Self>] = [
    Field(
      metricKey, \.metric,
      "What checkpoints are compared by; by default validation/action_error, else eval/success."
    ).saved,
    Field(
      countKey, \.count,
      "Keeps this many of the best checkpoints; checkpoints/best points at the best one."
    ).saved,
    Field(
      patienceKey, \.patience,
      "Ends the run after this many measurements of the metric without a better one."
    ).saved,
    Field(
      timeLimitKey, \.timeLimit,
      "Saves a checkpoint and ends after this time: 8h, 90m, 1h30m or seconds."),
  ]

  package var problems: [FieldProblem] {
    var problems: [FieldProblem] = []
    for (key, value) in [(Self.countKey, count), (Self.patienceKey, patience ?? 1)] where value < 1
    {
      problems.append(FieldProblem(key, "give 1 or more"))
    }
    if let timeLimit, TimeSpan(timeLimit) == nil {
      problems.append(FieldProblem(Self.timeLimitKey, "give a time: 8h, 90m, 1h30m or seconds"))
    }
    return problems
  }

  /// Whether anything was asked for that needs a metric.
  package var isAskedFor: Bool { metric != nil || count != Self().count || patience != nil }
}

/// A number by which checkpoints are compared.
package enum SelectionMetric: String, ConfigValue, CaseIterable {
  case actionError = "validation/action_error"
  case actionErrorOfAverage = "validation/action_error_ema"
  case loss = "validation/eval_loss"
  case lossOfAverage = "validation/eval_loss_ema"
  case success = "eval/success"
  case sumReward = "eval/sum_reward"
  case maximumReward = "eval/max_reward"

  /// Whether a validation measures it, not an evaluation in simulation.
  package var isOfValidation: Bool { rawValue.hasPrefix("validation/") }
  /// Whether it is of the average of the weights.
  package var isOfAverage: Bool { rawValue.hasSuffix("_ema") }

  /// Whether one value is better than another: errors are better small, rewards large.
  package func isBetter(_ value: Double, than other: Double) -> Bool {
    isOfValidation ? value < other : value > other
  }
}

/// A time as people write it: `8h`, `90m`, `1h30m`, `45s`, or a number of seconds.
package struct TimeSpan: Sendable, Equatable {
  package let seconds: Double

  package init(seconds: Double) { self.seconds = seconds }

  private static let units: [Character: Double] = ["d": 86400, "h": 3600, "m": 60, "s": 1]

  /// - Returns: nil for what is no such time, and for none at all.
  package init?(_ text: String) {
    if let seconds = Double(text) {
      self.seconds = seconds
    } else {
      var (total, digits) = (0.0, "")
      for character in text {
        guard let unit = Self.units[character] else {
          digits.append(character)
          continue
        }
        guard let number = Double(digits), number >= 0 else { return nil }
        total += number * unit
        digits = ""
      }
      guard digits.isEmpty else { return nil }
      seconds = total
    }
    guard seconds > 0, seconds < 1e9 else { return nil }
  }

  /// As it can be read back.
  package var text: String {
    let whole = seconds.rounded()
    guard whole == seconds else { return "\(seconds)s" }
    var (rest, text) = (Int(whole), "")
    for (unit, size) in [("h", 3600), ("m", 60), ("s", 1)] where rest >= size {
      text += "\(rest / size)\(unit)"
      rest %= size
    }
    return text
  }
}

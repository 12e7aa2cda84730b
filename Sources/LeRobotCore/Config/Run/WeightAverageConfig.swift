import Foundation

/// An exponential moving average (EMA) of the policy's weights, with the fields of LeRobot's main
/// branch of August 2026 (`configs/default.py`, `EMAConfig`).
package struct WeightAverageConfig: ConfigRecord {
  package var isEnabled = false
  /// The decay of every step; nil warms it up.
  package var decay: Double?
  /// Steps in which the average is a copy of the weights.
  package var updateAfterStep = 0
  package var inverseGamma = 1.0
  package var power = 0.75
  package var minimumDecay = 0.0
  package var maximumDecay = 0.9999
  /// Whether simulation uses the average.
  package var isUsedForEvaluation = true

  package init() {}

  package static let fields: [Field<Self>] = [
    Field(
      "enable", \.isEnabled,
      "Keeps a moving average of the weights, beside them in every checkpoint (LeRobot's main branch)."
    ),
    Field(
      "decay", \.decay,
      "How much of the average each step keeps, 0.99 say; null warms up towards ema.max_decay."),
    Field(
      "update_after_step", \.updateAfterStep,
      "Steps for which the average stays a copy of the weights."),
    Field("inv_gamma", \.inverseGamma, "Of the warm-up 1 - (1 + step / inv_gamma)^-power."),
    Field("power", \.power, "Of the warm-up."),
    Field("min_decay", \.minimumDecay, "The least decay of the warm-up."),
    Field("max_decay", \.maximumDecay, "The largest decay of the warm-up."),
    Field(
      "use_for_eval", \.isUsedForEvaluation,
      "Evaluates the average in simulation instead of the weights."),
  ]

  package var problems: [FieldProblem] {
    var problems: [FieldProblem] = []
    if !(minimumDecay >= 0 && minimumDecay <= maximumDecay && maximumDecay <= 1) {
      problems.append(
        FieldProblem("max_decay", "give 0 <= ema.min_decay <= ema.max_decay <= 1"))
    }
    for (key, value) in [("inv_gamma", inverseGamma), ("power", power)] where !(value > 0) {
      problems.append(FieldProblem(key, "give a number above 0"))
    }
    if updateAfterStep < 0 {
      problems.append(FieldProblem("update_after_step", "give 0 or more"))
    }
    guard let decay else { return problems }
    if !(decay >= 0 && decay <= 1) {
      problems.append(FieldProblem("decay", "give a number from 0 to 1"))
    }
    let defaults = Self()
    if minimumDecay != defaults.minimumDecay || maximumDecay != defaults.maximumDecay {
      problems.append(
        FieldProblem(
          "decay", "a constant decay has no limits; leave out ema.min_decay and ema.max_decay"))
    }
    return problems
  }
}

extension WeightAverageConfig {
  /// How much of the average the given update keeps, counted from 1.
  ///
  /// [EMA-decay]  d(n) = 0 for n ≤ u + 1, else 1 − (1 + (n − u − 1) / γ⁻¹)^−p, kept within its limits,
  /// with u = `updateAfterStep`, γ⁻¹ = `inverseGamma`, p = `power`.
  /// diffusers `training_utils.py`, `EMAModel.get_decay`. A constant decay is the limit on both sides.
  package func decay(ofUpdate update: Int) -> Double {
    let step = update - updateAfterStep - 1
    guard step > 0 else { return 0 }
    if let decay { return decay }
    let warm = 1 - pow(1 + Double(step) / inverseGamma, -power)
    return max(min(warm, maximumDecay), minimumDecay)
  }
}

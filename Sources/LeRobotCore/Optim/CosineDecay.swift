import Foundation

/// A linear warm-up, then a cosine from the peak rate to the end rate, fitted to the run when that
/// is shorter (LeRobot `optim/schedulers.py`, `CosineDecayWithWarmupSchedulerConfig`; used by pi0).
struct CosineDecay: Sendable, Equatable {
  let warmupSteps: Int
  let decaySteps: Int
  /// End rate over peak rate.
  let floor: Double
  let notice: String?

  init(
    warmupSteps: Int, decaySteps: Int, peakRate: Double, endRate: Double, totalSteps: Int
  ) throws(ScheduleError) {
    guard decaySteps > 0 else {
      throw .notPositive(field: "num_decay_steps", value: Double(decaySteps))
    }
    guard peakRate > 0 else { throw .notPositive(field: "peak_lr", value: peakRate) }
    floor = endRate / peakRate
    guard totalSteps < decaySteps else {
      self.warmupSteps = warmupSteps
      self.decaySteps = decaySteps
      notice = nil
      return
    }
    let scale = Double(totalSteps) / Double(decaySteps)
    self.warmupSteps = Int(Double(warmupSteps) * scale)
    self.decaySteps = totalSteps
    notice =
      "Auto-scaling LR scheduler: num_training_steps (\(totalSteps)) < num_decay_steps "
      + "(\(decaySteps)). Scaling warmup: \(warmupSteps) → \(self.warmupSteps), "
      + "decay: \(decaySteps) → \(totalSteps) "
      + "(scale factor: \(NumberFormat.fixed(3)(scale)))"
  }

  func factor(_ step: Int) -> Double {
    if step < warmupSteps {
      let start = 1 / Double(warmupSteps + 1)
      if step <= 0 { return start }
      return (start - 1) * (1 - Double(step) / Double(warmupSteps)) + 1
    }
    let step = min(step, decaySteps)
    let cosine = 0.5 * (1 + cos(.pi * Double(step) / Double(decaySteps)))
    return (1 - floor) * cosine + floor
  }
}

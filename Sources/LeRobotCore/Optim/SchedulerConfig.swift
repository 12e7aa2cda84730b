/// A learning-rate schedule and its options (LeRobot `optim/schedulers.py`).
package enum SchedulerConfig: Sendable, Equatable {
  /// One of diffusers' schedules, by name.
  case diffuser(name: String, warmupSteps: Int?)
  case vqbet(warmupSteps: Int, vqvaeTrainingSteps: Int, cycles: Double)
  case cosineDecayWithWarmup(
    warmupSteps: Int, decaySteps: Int, peakLearningRate: Double, decayLearningRate: Double)

  /// LeRobot's name, as `--scheduler.type` takes it.
  package var type: String {
    switch self {
    case .diffuser: "diffuser"
    case .vqbet: "vqbet"
    case .cosineDecayWithWarmup: "cosine_decay_with_warmup"
    }
  }
}

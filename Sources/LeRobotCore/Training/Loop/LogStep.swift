/// Reports the averages of the log interval that has ended, over all ranks.
///
/// LeRobot reports the main rank's own loss (Q-RUN-10).
struct LogStep: LoopStep {
  private let components: TrainerComponents
  private let frequency: Int

  /// - Parameter frequency: optimizer steps between two reports; 0 for none.
  init(_ components: TrainerComponents, frequency: Int) {
    self.components = components
    self.frequency = frequency
  }

  func isDue(_ state: LoopState) -> Bool { state.isMultiple(of: frequency) }

  func run(_ state: inout LoopState) throws {
    var metrics = state.metrics
    if components.world.size > 1 {
      metrics.averages = try components.world.mean(metrics.averages)
    }
    metrics.moment = MetricsMoment(learningRates: state.rates.current)
    components.events.send(.interval(metrics))
    state.metrics.resetAverages()
  }
}

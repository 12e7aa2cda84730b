/// What one step did, and how long it took.
package struct StepRecord: Sendable, Equatable {
  package var step: Int
  package var result: StepResult
  /// The first group's learning rate after the schedule's step, as LeRobot logs it.
  package var learningRate: Double
  /// Seconds of forward, backward and optimizer.
  package var updateSeconds: Double
  /// Seconds of waiting for the batch and of normalising it.
  package var dataSeconds: Double
  /// Seconds of both in which the training thread could have run and had no core; nil where the
  /// system does not tell.
  package var secondsWithoutCore: Double?

  package init(
    step: Int, result: StepResult, learningRate: Double, updateSeconds: Double,
    dataSeconds: Double, secondsWithoutCore: Double? = nil
  ) {
    self.step = step
    self.result = result
    self.learningRate = learningRate
    self.updateSeconds = updateSeconds
    self.dataSeconds = dataSeconds
    self.secondsWithoutCore = secondsWithoutCore
  }
}

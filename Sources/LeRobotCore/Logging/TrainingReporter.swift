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

  package init(
    step: Int, result: StepResult, learningRate: Double, updateSeconds: Double,
    dataSeconds: Double
  ) {
    self.step = step
    self.result = result
    self.learningRate = learningRate
    self.updateSeconds = updateSeconds
    self.dataSeconds = dataSeconds
  }
}

/// Hears what the training loop does. The loop reports to several at a time: the console, a
/// metrics file, a trace.
package protocol TrainingReporter: AnyObject {
  /// A batch is there, the learner about to use it.
  func willUpdate(_ learner: any Learner) throws
  /// A step is done; `batch` is what the policy saw.
  func didUpdate(_ record: StepRecord, batch: Batch) throws
  /// A log interval is over; `metrics` holds its averages.
  func didAverage(_ metrics: MetricsTracker) throws
  func willSave(step: Int)
  /// Training goes on after `seconds` of standing still; the checkpoint is yet to be written.
  func didBeginSaving(step: Int, seconds: Double)
  /// A checkpoint is on the disk, some steps after it was begun.
  func didSave(_ checkpoint: WrittenCheckpoint)
  func willEvaluate(step: Int)
  /// An evaluation is done; `results` is what a log line says of it.
  func didEvaluate(_ summary: EvaluationSummary, results: MetricsTracker) throws
  /// An evaluation broke down; training goes on.
  func didFailToEvaluate(step: Int, error: any Error)
}

extension TrainingReporter {
  package func willUpdate(_ learner: any Learner) throws {}
  package func didUpdate(_ record: StepRecord, batch: Batch) throws {}
  package func didAverage(_ metrics: MetricsTracker) throws {}
  package func willSave(step: Int) {}
  package func didBeginSaving(step: Int, seconds: Double) {}
  package func didSave(_ checkpoint: WrittenCheckpoint) {}
  package func willEvaluate(step: Int) {}
  package func didEvaluate(_ summary: EvaluationSummary, results: MetricsTracker) throws {}
  package func didFailToEvaluate(step: Int, error: any Error) {}
}

import LeRobotCore

/// How a run ended, and what it leaves.
package struct RunReport: Sendable {
  package let outcome: TrainingOutcome
  /// Evaluations that failed.
  package let failedEvaluations: Int
  /// What the program says last: where the checkpoint is and which command resumes.
  package let advice: [String]

  init(
    _ outcome: TrainingOutcome, failedEvaluations: Int, checkpoint: String?,
    evaluation: EvaluationSummary?, _ config: TrainPipelineConfig
  ) {
    self.outcome = outcome
    self.failedEvaluations = failedEvaluations
    advice =
      switch outcome {
      case .finished:
        [
          checkpoint.map { NextSteps.finished(checkpoint: $0, config) },
          evaluation.map(NextSteps.evaluated),
        ].compactMap(\.self)
      case .interrupted(let step, _):
        [checkpoint.map { NextSteps.interrupted(step: step, of: config.steps, checkpoint: $0) }]
          .compactMap(\.self)
      }
  }
}

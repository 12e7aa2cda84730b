import LeRobotCore

/// How a run ended, and what it leaves.
package struct RunReport: Sendable {
  package let outcome: TrainingOutcome
  /// Evaluations that failed.
  package let failedEvaluations: Int
  /// What could not be uploaded; nil in the usual case.
  package let notUploaded: NotUploaded?
  /// What the program says last: where the checkpoint is and which command resumes.
  package let advice: [String]

  init(
    _ outcome: TrainingOutcome, failedEvaluations: Int, checkpoint: String?,
    evaluation: EvaluationSummary?, before: EvaluationSummary? = nil, _ config: TrainPipelineConfig,
    best: String? = nil, notUploaded: NotUploaded? = nil, wandb: String? = nil
  ) {
    self.notUploaded = notUploaded
    self.outcome = outcome
    self.failedEvaluations = failedEvaluations
    let next =
      switch outcome {
      case .finished:
        [
          checkpoint.map { NextSteps.finished(checkpoint: $0, config) },
          evaluation.map { NextSteps.evaluated($0, before: before) },
        ].compactMap(\.self)
      case .interrupted(let step, _):
        [checkpoint.map { NextSteps.interrupted(step: step, of: config.steps, checkpoint: $0) }]
          .compactMap(\.self)
      }
    advice = next + [best, wandb].compactMap(\.self)
  }
}

/// What a run could not upload. It is on the disk.
package struct NotUploaded: Sendable {
  /// Each a line; empty where HF_HUB_OFFLINE forbade to try.
  package internal(set) var failures: [String]
  let checkpoint: String
  let repository: String

  /// The command that uploads the policy later.
  package var command: String {
    "\(Version.command) --upload=\(checkpoint.shellQuoted) --policy.repo_id=\(repository.shellQuoted)"
  }
}

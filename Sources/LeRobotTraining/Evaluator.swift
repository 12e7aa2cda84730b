import Foundation
import LeRobotCore
import LeRobotEnvs

/// Evaluates the policy in training and writes the result into the run's folder.
final class Evaluator {
  /// The latest evaluation's result.
  private(set) var latest: EvaluationSummary?
  /// That of the policy before its first step, where it was evaluated.
  private(set) var first: EvaluationSummary?

  private let plan: RunPlan
  private let suite: EvaluationSuite
  private let learner: any Learner
  private let policy: any EvaluatedPolicy
  private var hasWarned = false
  private let stop: StopRequest
  private let events: RunEvents
  /// As many videos as LeRobot's training script makes.
  private static let videoCount = 4

  init(
    _ suite: EvaluationSuite, _ trainer: Trainer, stop: StopRequest, _ events: RunEvents
  ) {
    plan = trainer.plan
    self.suite = suite
    learner = trainer.learner
    policy = LearnerInSimulation(
      trainer.learner, of: trainer.plan.policy.value, processors: trainer.processors)
    self.stop = stop
    self.events = events
  }

  /// Evaluates the policy as it is after a step.
  ///
  /// It draws from the generators, like LeRobot's. They are put back after an evaluation that was
  /// broken off or failed, so that it can be repeated; after one before the first step, which LeRobot
  /// does not make; and with several ranks, which must stay alike, after any.
  ///
  /// - Returns: nil when a stop was asked for meanwhile.
  func evaluate(step: Int) throws -> EvaluationSummary? {
    let isBeforeTraining = step == 0 && plan.config.steps > 0
    let summary = try plan.backend.undoingDraws(
      keepsDraws: plan.world.size == 1 && !isBeforeTraining
    ) { try usesAverage ? learner.withAverage { try run(step: step) } : run(step: step) }
    if isBeforeTraining { first = summary }
    return summary
  }

  /// Whether the moving average of the weights acts.
  private var usesAverage: Bool {
    plan.weightAverage?.isUsedForEvaluation == true
  }

  private func run(step: Int) throws -> EvaluationSummary? {
    if let warning = learner.warnings.acting, !hasWarned {
      events.warning(warning)
      hasWarned = true
    }
    let (config, output) = (self.plan.config, self.plan.output)
    let name = CheckpointLayout.name(step: step, totalSteps: config.steps)
    let plan = EvaluationPlan(
      config, filming: self.plan.options.evaluation.videoCount ?? Self.videoCount,
      into: "\(output.evaluations)/videos_step_\(name)")
    let file = "\(output.evaluations)/eval_info_step_\(name).json"
    latest =
      try suite.evaluate(policy, plan: plan, into: file, stop: stop, events)?.summary(file: file)
      ?? latest
    return latest
  }
}

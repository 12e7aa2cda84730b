import OrderedCollections

/// What an evaluation in simulation came to (LeRobot `scripts/lerobot_eval.py`,
/// `eval_policy_all`).
package struct EvaluationSummary: Sendable, Equatable {
  /// Mean over episodes of the sum of rewards.
  package var averageSumReward: Double
  /// Mean over episodes of the largest reward.
  package var averageMaximumReward: Double
  /// Episodes that succeeded, in percent.
  package var successPercentage: Double
  package var episodeCount: Int
  /// Seconds it took.
  package var seconds: Double
  /// The first episodes' videos.
  package var videoPaths: [String]
  /// The whole result under LeRobot's names: `per_task`, `per_group`, `overall`.
  package var info: OrderedDictionary<String, JSONValue>
  /// Where the result is written.
  package var file: String
  /// What went wrong without spoiling the result: a video that could not be written.
  package var problems: [String]
  /// By task, every episode's first actions [E, T, A].
  package var openings: [JSONValue]

  package init(
    averageSumReward: Double, averageMaximumReward: Double, successPercentage: Double,
    episodeCount: Int, seconds: Double, videoPaths: [String] = [],
    info: OrderedDictionary<String, JSONValue> = [:], file: String = "", problems: [String] = [],
    openings: [JSONValue] = []
  ) {
    self.averageSumReward = averageSumReward
    self.averageMaximumReward = averageMaximumReward
    self.successPercentage = successPercentage
    self.episodeCount = episodeCount
    self.seconds = seconds
    self.videoPaths = videoPaths
    self.info = info
    self.file = file
    self.problems = problems
    self.openings = openings
  }
}

/// Evaluates the policy as it is after a step.
///
/// Nil when a stop was asked for meanwhile; the generators are then as they were before.
package typealias Evaluate = (_ step: Int) throws -> EvaluationSummary?

/// Evaluation as the training loop sees it.
extension TrainLoop {
  /// After every `eval_freq` steps, like LeRobot, and after the last one, whose policy is the
  /// result (Q-EVAL-4).
  var shouldEvaluate: Bool {
    parts.evaluate != nil && (isDue(config.evaluationFrequency) || step >= config.steps)
  }

  /// Evaluates before the first step what the checkpoint that is resumed was saved for.
  ///
  /// A checkpoint is written before the evaluation of its step, so whoever resumes from one draws
  /// the numbers of that evaluation again: only then is the rest what it would have been. The same
  /// rule evaluates a run once whose steps are all done.
  mutating func makeUpForEvaluation() throws -> Bool {
    guard step > 0 || step >= config.steps, shouldEvaluate else { return true }
    return try evaluate()
  }

  /// Evaluates and reports. A failure is reported too, and training goes on.
  ///
  /// - Returns: false when a stop was asked for before the end.
  mutating func evaluate() throws -> Bool {
    guard parts.stop.signal == nil, let evaluate = parts.evaluate else { return false }
    for reporter in parts.reporters { reporter.willEvaluate(step: step) }
    let summary: EvaluationSummary?
    do {
      summary = try evaluate(step)
    } catch {
      failedEvaluations += 1
      for reporter in parts.reporters { reporter.didFailToEvaluate(step: step, error: error) }
      return true
    }
    guard let summary else { return false }
    var results = MetricsTracker(
      batchSize: config.batchSize, frameCount: counts.frames, episodeCount: counts.episodes,
      meters: MetricsTracker.evaluationMeters, initialStep: step)
    results.add(summary)
    for reporter in parts.reporters { try reporter.didEvaluate(summary, results: results) }
    return true
  }
}

extension MetricsTracker {
  fileprivate mutating func add(_ summary: EvaluationSummary) {
    update("avg_sum_reward", summary.averageSumReward)
    update("pc_success", summary.successPercentage)
    update("eval_s", summary.seconds)
  }
}

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
  /// The best filmed episode's video.
  package var bestVideo: String?
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
    episodeCount: Int, seconds: Double, videoPaths: [String] = [], bestVideo: String? = nil,
    info: OrderedDictionary<String, JSONValue> = [:], file: String = "", problems: [String] = [],
    openings: [JSONValue] = []
  ) {
    self.averageSumReward = averageSumReward
    self.averageMaximumReward = averageMaximumReward
    self.successPercentage = successPercentage
    self.episodeCount = episodeCount
    self.seconds = seconds
    self.videoPaths = videoPaths
    self.bestVideo = bestVideo
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

import LeRobotCore
import OrderedCollections

/// What all tasks together came to (LeRobot `scripts/lerobot_eval.py`, `eval_policy_all`).
package struct EvaluationReport: Sendable, Equatable {
  package var tasks: [TaskEvaluation]
  /// Seconds it took.
  package var seconds: Double
  /// Whether all episodes are in it; else the evaluation was stopped.
  package var isWhole = true

  package init(tasks: [TaskEvaluation], seconds: Double) {
    self.tasks = tasks
    self.seconds = seconds
  }

  /// The numbers of the log.
  ///
  /// - Parameter file: where the result is written.
  package func summary(file: String) -> EvaluationSummary {
    let all = Aggregate(tasks)
    return EvaluationSummary(
      averageSumReward: all.averageSumReward, averageMaximumReward: all.averageMaximumReward,
      successPercentage: all.successPercentage, episodeCount: all.episodes.count,
      seconds: seconds, videoPaths: all.videoPaths, bestVideo: bestVideo,
      info: info(withSeeds: false), file: file,
      problems: tasks.flatMap(\.problems), openings: tasks.map(\.openings))
  }

  /// The video of the best filmed episode: a success before any other, then the largest reward, then the
  /// largest sum of rewards; nil where none was filmed.
  package var bestVideo: String? {
    func isWorse(_ a: EpisodeResult, _ b: EpisodeResult) -> Bool {
      if a.isSuccess != b.isSuccess { return b.isSuccess }
      return (a.maximumReward, a.sumReward) < (b.maximumReward, b.sumReward)
    }
    var best: (episode: EpisodeResult, path: String)?
    for task in tasks {
      for film in task.films where task.episodes.indices.contains(film.episode) {
        let episode = task.episodes[film.episode]
        if best.map({ isWorse($0.episode, episode) }) ?? true { best = (episode, film.path) }
      }
    }
    return best?.path
  }

  /// The result under the names of `lerobot-eval`'s `eval_info.json`.
  ///
  /// - Parameter withSeeds: adds `seeds` to each task, which LeRobot forgets.
  /// - Returns: besides, `stopped` where not all episodes are in it.
  package func info(withSeeds: Bool) -> OrderedDictionary<String, JSONValue> {
    var overall = Aggregate(tasks).json
    let videos = overall.removeValue(forKey: "video_paths")
    overall["eval_s"] = .double(seconds)
    overall["eval_ep_s"] = .double(
      seconds / Double(max(1, tasks.reduce(0) { $0 + $1.episodes.count })))
    overall["video_paths"] = videos
    let groups = OrderedDictionary(grouping: tasks, by: \.group)
    var info: OrderedDictionary<String, JSONValue> = [
      "per_task": .array(tasks.map { $0.json(withSeeds: withSeeds) }),
      "per_group": .object(groups.mapValues { .object(Aggregate($0).json) }),
      "overall": .object(overall),
    ]
    if !isWhole { info["stopped"] = true }
    return info
  }
}

/// Means over the episodes of some tasks.
private struct Aggregate {
  let episodes: [EpisodeResult]
  let videoPaths: [String]

  init(_ tasks: [TaskEvaluation]) {
    episodes = tasks.flatMap(\.episodes)
    videoPaths = tasks.flatMap(\.videoPaths)
  }

  var averageSumReward: Double { mean(\.sumReward) }
  var averageMaximumReward: Double { mean(\.maximumReward) }
  var successPercentage: Double { 100 * mean { $0.isSuccess ? 1 : 0 } }

  /// The mean over all episodes where it is a number; NaN over none.
  private func mean(_ value: (EpisodeResult) -> Double) -> Double {
    let values = episodes.map(value).filter { !$0.isNaN }
    return values.isEmpty ? .nan : values.reduce(0, +) / Double(values.count)
  }

  var json: OrderedDictionary<String, JSONValue> {
    [
      "avg_sum_reward": .double(averageSumReward), "avg_max_reward": .double(averageMaximumReward),
      "pc_success": .double(successPercentage), "n_episodes": .int(episodes.count),
      "video_paths": .array(videoPaths.map { .string($0) }),
    ]
  }
}

extension TaskEvaluation {
  /// Every episode's first actions [E, T, A].
  fileprivate var openings: JSONValue {
    .array(episodes.map { .array($0.opening.map { .array($0.map { .double($0) }) }) })
  }

  fileprivate func json(withSeeds: Bool) -> JSONValue {
    var metrics: OrderedDictionary<String, JSONValue> = [
      "sum_rewards": .array(episodes.map { .double($0.sumReward) }),
      "max_rewards": .array(episodes.map { .double($0.maximumReward) }),
      "successes": .array(episodes.map { .bool($0.isSuccess) }),
      "video_paths": .array(videoPaths.map { .string($0) }),
    ]
    if withSeeds {
      metrics["seeds"] = .array(episodes.map { $0.seed.map { .int(Int(clamping: $0)) } ?? .null })
    }
    return ["task_group": .string(group), "task_id": .int(id), "metrics": .object(metrics)]
  }
}

/// How many episodes, from which seed, with how many videos (LeRobot `scripts/lerobot_eval.py`,
/// `eval_policy`).
package struct EvaluationPlan: Sendable {
  package var episodeCount: Int
  /// The first episode's seed, from which the others count up; nil leaves it to the environments.
  package var firstSeed: UInt64?
  /// The most episodes that get a video.
  package var videoCount: Int
  /// Where the videos of all tasks go; nil records none.
  package var videoFolder: String?

  package init(
    episodeCount: Int, firstSeed: UInt64?, videoCount: Int = 0, videoFolder: String? = nil
  ) {
    self.episodeCount = episodeCount
    self.firstSeed = firstSeed
    self.videoCount = videoCount
    self.videoFolder = videoFolder
  }
}

/// The progress of an evaluation.
package struct EvaluationProgress: Sendable, CustomStringConvertible {
  /// Finished episodes and all episodes.
  package var episodes: (done: Int, all: Int)
  /// Steps of the running episodes and the most steps they can have.
  package var steps: (done: Int, all: Int)
  /// Successes so far.
  package var successes: Int

  package var description: String {
    "\(episodes.done) of \(episodes.all) episodes, step \(steps.done) of \(steps.all), "
      + "\(successes) succeeded"
  }
}

/// A task of an environment; its instances run side by side.
package struct EvaluationTask {
  /// The suite it belongs to; the environment's type where there is one task.
  package var group: String
  package var id: Int
  package var environments: VectorEnvironment

  package init(group: String, id: Int, environments: VectorEnvironment) {
    self.group = group
    self.id = id
    self.environments = environments
  }

  /// `pusht_0`: the folder of its videos.
  var folderName: String { "\(group)_\(id)" }
}

/// The results of a task's episodes.
package struct TaskEvaluation: Sendable, Equatable {
  package var group: String
  package var id: Int
  package var episodes: [EpisodeResult]
  package var videoPaths: [String] = []
  /// Videos that could not be written, and why.
  package var problems: [String] = []
}

extension EvaluationTask {
  /// Evaluates a policy: batches of episodes side by side, until there are enough of them.
  ///
  /// - Parameters:
  ///   - openVideo: opens a video file.
  ///   - shouldContinue: called before every step; false ends the evaluation.
  /// - Returns: nil where `shouldContinue` returned false.
  package func evaluate(
    _ policy: any EvaluatedPolicy, plan: EvaluationPlan, openVideo: @escaping VideoOpener,
    shouldContinue: (EvaluationProgress) -> Bool
  ) throws -> TaskEvaluation? {
    var evaluation = TaskEvaluation(group: group, id: id, episodes: [])
    var successes = 0
    while evaluation.episodes.count < plan.episodeCount {
      let begun = evaluation.episodes.count
      let seeds = plan.firstSeed.map { first in
        (0..<environments.count).map { first + UInt64(begun + $0) }
      }
      let videos = videos(plan, from: begun, openVideo)
      let rollout = try environments.rollout(policy, seeds: seeds, videos: videos) { rollout in
        shouldContinue(
          EvaluationProgress(
            episodes: (begun, plan.episodeCount),
            steps: (rollout.rewards[0].count, environments.episodeLength),
            successes: successes + rollout.successCount))
      }
      guard let rollout else { return nil }
      for index in 0..<environments.count {
        evaluation.episodes.append(rollout.result(of: index, seed: seeds?[index]))
      }
      successes = evaluation.episodes.count(where: \.isSuccess)
      evaluation.videoPaths += videos.filter { $0.problem == nil }.map(\.path)
      evaluation.problems += videos.compactMap(\.problem)
    }
    // The last batch may hold more episodes than were asked for.
    evaluation.episodes.removeLast(evaluation.episodes.count - plan.episodeCount)
    return evaluation
  }

  /// Videos for the next batch's episodes, as many as are still needed.
  private func videos(
    _ plan: EvaluationPlan, from first: Int, _ open: @escaping VideoOpener
  ) -> [EpisodeVideo] {
    guard let folder = plan.videoFolder else { return [] }
    let last = min(plan.videoCount, first + environments.count)
    return (first..<max(first, last)).map {
      EpisodeVideo(path: "\(folder)/\(folderName)/eval_episode_\($0).mp4", open: open)
    }
  }
}

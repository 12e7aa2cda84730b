import LeRobotCore

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
  /// Finished tasks and all tasks.
  package var tasks = (done: 0, all: 1)

  package var description: String {
    (tasks.all > 1 ? "\(tasks.done) of \(tasks.all) tasks, " : "")
      + "\(episodes.done) of \(episodes.all) episodes, step \(steps.done) of \(steps.all), "
      + "\(successes) succeeded"
  }
}

/// A task of an environment; its instances run side by side.
package struct EvaluationTask {
  /// The suite it belongs to; the environment's type where there is one task.
  package var group: String
  package var id: Int
  /// Instances side by side.
  package var count: Int
  /// Makes so many instances, which end when they are let go.
  package var make: (Int) throws(EnvironmentError) -> VectorEnvironment

  package init(
    group: String, id: Int, count: Int,
    make: @escaping (Int) throws(EnvironmentError) -> VectorEnvironment
  ) {
    self.group = group
    self.id = id
    self.count = count
    self.make = make
  }

  /// `pusht_0`: the folder of its videos.
  var folderName: String { "\(group)_\(id)" }
}

/// A video of an episode.
package struct EpisodeFilm: Sendable, Equatable {
  /// The episode's place among those of its task; a batch may hold more than are asked for.
  package var episode: Int
  package var path: String
}

/// The results of a task's episodes.
package struct TaskEvaluation: Sendable, Equatable {
  package var group: String
  package var id: Int
  package var episodes: [EpisodeResult]
  package var films: [EpisodeFilm] = []
  /// Videos that could not be written, and why.
  package var problems: [String] = []

  /// Adds the results of one batch of episodes.
  ///
  /// - Parameter seeds: of the episodes; nil where the environments were left alone.
  fileprivate mutating func add(_ rollout: Rollout, seeds: [UInt64]?, videos: [EpisodeVideo]) {
    for (index, video) in videos.enumerated() where video.problem == nil {
      films.append(EpisodeFilm(episode: episodes.count + index, path: video.path))
    }
    for index in rollout.rewards.indices {
      episodes.append(rollout.result(of: index, seed: seeds?[index]))
    }
    problems += videos.compactMap(\.problem)
  }

  package var videoPaths: [String] { films.map(\.path) }
}

extension [EvaluationTask] {
  /// Evaluates a policy in several tasks at once: batches of episodes side by side, until each task has
  /// enough of them.
  ///
  /// The policy acts for all of them in one batch. LeRobot has a thread for each task, and all of them
  /// share the policy's queue of actions (Q-EVAL-9).
  ///
  /// - Parameters:
  ///   - openVideo: opens a video file.
  ///   - admit: checks the environments and their first observations.
  ///   - shouldContinue: called before every step; false ends the evaluation.
  /// - Returns: what each came to, and whether that is all; where `shouldContinue` returned false it is
  ///   the batches before that.
  func evaluate(
    _ policy: any EvaluatedPolicy, plan: EvaluationPlan, openVideo: @escaping VideoOpener,
    admit: ([VectorEnvironment], Batch) throws(EnvironmentError) -> Void,
    shouldContinue: (EvaluationProgress) -> Bool
  ) throws -> (evaluations: [TaskEvaluation], isWhole: Bool) {
    var evaluations = map { TaskEvaluation(group: $0.group, id: $0.id, episodes: []) }
    let side = first?.count ?? 1
    let environments = try map { task throws(EnvironmentError) in try task.make(side) }
    let steps = environments.map(\.episodeLength).max() ?? 0
    for begun in stride(from: 0, to: plan.episodeCount, by: side) {
      let seeds = plan.firstSeed.map { first in
        (0..<side).map { first + UInt64(begun + $0) }
      }
      let videos = map { $0.videos(plan, from: begun, openVideo) }
      let successes = evaluations.reduce(0) { $0 + $1.episodes.count(where: \.isSuccess) }
      let rollouts = try environments.rollout(
        policy, seeds: seeds, videos: videos, admit: admit
      ) { rollouts in
        shouldContinue(
          EvaluationProgress(
            episodes: (begun * count, plan.episodeCount * count),
            steps: (rollouts.map { $0.rewards[0].count }.max() ?? 0, steps),
            successes: rollouts.reduce(successes) { $0 + $1.successCount }))
      }
      guard let rollouts else { return (evaluations, isWhole: false) }
      for index in indices {
        evaluations[index].add(rollouts[index], seeds: seeds, videos: videos[index])
      }
    }
    // The last batch may hold more episodes than were asked for.
    for index in indices {
      evaluations[index].episodes.removeLast(
        evaluations[index].episodes.count - Swift.max(0, plan.episodeCount))
    }
    return (evaluations, isWhole: true)
  }
}

extension EvaluationTask {
  /// Videos for the next batch's episodes, as many as are still needed.
  fileprivate func videos(
    _ plan: EvaluationPlan, from first: Int, _ open: @escaping VideoOpener
  ) -> [EpisodeVideo] {
    guard let folder = plan.videoFolder else { return [] }
    let last = min(plan.videoCount, first + count)
    return (first..<max(first, last)).map {
      EpisodeVideo(path: "\(folder)/\(folderName)/eval_episode_\($0).mp4", open: open)
    }
  }
}

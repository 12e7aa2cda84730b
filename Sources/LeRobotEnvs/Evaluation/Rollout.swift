import LeRobotCore

/// The result of an episode.
package struct EpisodeResult: Sendable, Equatable {
  package var sumReward: Double
  package var maximumReward: Double
  package var isSuccess: Bool
  /// The environment's seed; nil where its generator was left as it was.
  package var seed: UInt64?
  /// Its first actions [T, A], of up to `openingLength` steps, for comparison with another program.
  package var opening: [[Double]]

  /// As many as a policy usually plans at once.
  package static let openingLength = 16
}

/// Rewards and successes of episodes that ran side by side until the last one ended.
struct Rollout {
  /// By environment and step [B, T].
  private(set) var rewards: [[Double]]
  /// Only where an episode ended can this be true [B, T].
  private(set) var successes: [[Bool]]
  /// The step in which an environment's first episode ended [B]; nil while it runs.
  private(set) var firstDone: [Int?]
  /// The first actions [B, T, A].
  private var openings: [[[Double]]]

  init(count: Int) {
    rewards = Array(repeating: [], count: count)
    successes = Array(repeating: [], count: count)
    firstDone = Array(repeating: nil, count: count)
    openings = Array(repeating: [], count: count)
  }

  var isOver: Bool { firstDone.allSatisfy { $0 != nil } }
  /// Environments that have succeeded so far.
  var successCount: Int { successes.count { $0.contains(true) } }

  mutating func add(_ step: VectorStep, after actions: [[Double]]) {
    for index in rewards.indices {
      if openings[index].count < EpisodeResult.openingLength, firstDone[index] == nil {
        openings[index].append(actions[index])
      }
      if step.ended[index], firstDone[index] == nil { firstDone[index] = rewards[index].count }
      rewards[index].append(step.rewards[index])
      successes[index].append(step.successes[index])
    }
  }

  /// The result of one environment's episode.
  ///
  /// [eval-mask]  step t counts where t ≤ d + 1, d the step in which the episode ended; step d + 1
  /// is already the next episode's first (Q-EVAL-1). Rewards that do not count are zeros, also to
  /// the maximum.
  func result(of index: Int, seed: UInt64?) -> EpisodeResult {
    let last = firstDone[index] ?? rewards[index].count - 1
    let counted = rewards[index].prefix(last + 2)
    let rest = rewards[index].count > counted.count ? 0 : -Double.infinity
    return EpisodeResult(
      sumReward: counted.reduce(0, +), maximumReward: max(counted.max() ?? 0, rest),
      isSuccess: successes[index].prefix(last + 2).contains(true), seed: seed,
      opening: openings[index])
  }
}

extension VectorEnvironment {
  /// Lets a policy act until every environment's first episode has ended (LeRobot
  /// `scripts/lerobot_eval.py`, `rollout`).
  ///
  /// - Parameters:
  ///   - seeds: one for each environment.
  ///   - videos: of the first environments.
  ///   - shouldContinue: called before every step with the rollout so far.
  /// - Returns: nil where `shouldContinue` returned false.
  func rollout(
    _ policy: any EvaluatedPolicy, seeds: [UInt64]?, videos: [EpisodeVideo],
    shouldContinue: (Rollout) -> Bool
  ) throws -> Rollout? {
    policy.reset()
    var rollout = Rollout(count: count)
    var observations = try reset(seeds: seeds, videos: videos)
    while !rollout.isOver {
      guard shouldContinue(rollout) else { return nil }
      let actions = try rows(policy.act(Batch(observations)))
      let step = try step(actions)
      rollout.add(step, after: actions)
      observations = step.observations
    }
    return rollout
  }

  /// The rows of a tensor [B, A].
  private func rows(_ actions: HostTensor) throws(EnvironmentError) -> [[Double]] {
    guard actions.shape.count == 2, actions.shape[0] == count else {
      throw .unsuitable(problem: "the policy's actions are \(actions.shape), not [\(count), A]")
    }
    let (width, values) = (actions.shape[1], actions.doubles)
    return (0..<count).map { Array(values[$0 * width..<($0 + 1) * width]) }
  }
}

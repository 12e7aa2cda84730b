import Dispatch
import LeRobotCore
import Synchronization

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

extension [VectorEnvironment] {
  /// Lets a policy act until every environment's first episode has ended (LeRobot
  /// `scripts/lerobot_eval.py`, `rollout`), in the environments of several tasks at once.
  ///
  /// - Parameters:
  ///   - seeds: one for each environment of a task, the same for all tasks.
  ///   - videos: of each task's first environments.
  ///   - admit: checks the first observations.
  ///   - shouldContinue: called before every step with the rollouts so far.
  /// - Returns: one for each task; nil where `shouldContinue` returned false.
  func rollout(
    _ policy: any EvaluatedPolicy, seeds: [UInt64]?, videos: [[EpisodeVideo]],
    admit: ([VectorEnvironment], Batch) throws(EnvironmentError) -> Void,
    shouldContinue: ([Rollout]) -> Bool
  ) throws -> [Rollout]? {
    policy.reset()
    var rollouts = map { Rollout(count: $0.count) }
    var observations = try atOnce([Int](indices)) {
      environments, index throws(EnvironmentError) in
      try environments.reset(seeds: seeds, videos: videos[index])
    }
    try admit(self, Batch(observations.flatMap { $0 }))
    while let running = nonEmpty(indices.filter { !rollouts[$0].isOver }) {
      guard shouldContinue(rollouts) else { return nil }
      let actions = try rows(policy.act(Batch(observations.flatMap { $0 })))
      let steps = try atOnce(running) { environments, index throws(EnvironmentError) in
        try environments.step(actions[index])
      }
      for (index, step) in zip(running, steps) {
        rollouts[index].add(step, after: actions[index])
        observations[index] = step.observations
      }
    }
    return rollouts
  }

  private func nonEmpty(_ indices: [Int]) -> [Int]? { indices.isEmpty ? nil : indices }

  /// The rows of a tensor [B, A], by task.
  private func rows(_ actions: HostTensor) throws(EnvironmentError) -> [[[Double]]] {
    let all = reduce(0) { $0 + $1.count }
    guard actions.shape.count == 2, actions.shape[0] == all else {
      throw .unsuitable(problem: "the policy's actions are \(actions.shape), not [\(all), A]")
    }
    let (width, values) = (actions.shape[1], actions.doubles)
    var next = 0
    return map { environments in
      (0..<environments.count).map { _ in
        defer { next += width }
        return [Double](values[next..<next + width])
      }
    }
  }

  /// Calls `body` for some of the tasks at once; the first error in their order is thrown.
  private func atOnce<Value: Sendable>(
    _ some: [Int],
    _ body: (VectorEnvironment, Int) throws(EnvironmentError) -> Value
  ) throws(EnvironmentError) -> [Value] {
    guard some.count > 1 else {
      var values: [Value] = []
      for index in some { values.append(try body(self[index], index)) }
      return values
    }
    return try withoutActuallyEscaping(body) { body throws(EnvironmentError) in
      // Each task's environments are touched by one thread, and this one waits.
      nonisolated(unsafe) let (body, tasks) = (body, self)
      let results = Mutex([Int: Result<Value, EnvironmentError>]())
      DispatchQueue.concurrentPerform(iterations: some.count) { place in
        let index = some[place]
        let result = Result { () throws(EnvironmentError) in try body(tasks[index], index) }
        results.withLock { $0[place] = result }
      }
      let ordered = results.withLock { results in some.indices.compactMap { results[$0] } }
      var values: [Value] = []
      for result in ordered { values.append(try result.get()) }
      return values
    }
  }
}

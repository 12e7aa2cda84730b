import LeRobotCore

/// The last observations of an episode, and the actions that are left of the chunk planned from them: how
/// Diffusion Policy and VQ-BeT act.
struct ChunkedActing {
  /// The last observations of each key.
  private var history: ObservationHistory<Tensor>
  /// Planned actions [B, A].
  private var queue = ActionQueue<Tensor>()

  /// - Parameter observationCount: observations that a plan looks at.
  init(observationCount: Int) { history = ObservationHistory(count: observationCount) }

  /// The next action [B, A]: from the queue, which a new chunk fills when it is empty.
  ///
  /// - Parameters:
  ///   - observation: the newest, [B, …] under each key.
  ///   - keys: what the policy looks at.
  ///   - plan: a chunk of actions [B, T, A] for observations [B, n, …].
  mutating func next(
    _ observation: [String: Tensor], keys: [String], plan: ([String: Tensor]) -> Tensor
  ) -> Tensor {
    for key in keys { history.append(observation.tensor(key), for: key) }
    let steps = history.steps
    return queue.next(atMost: .max) {
      let latest = steps.mapValues { steps in
        Tensor.concatenated(
          steps.map { $0.reshaped([$0.size(0), 1] + $0.shape.dropFirst()) }, axis: 1)
      }
      return plan(latest)
    }
  }

  /// Forgets all of it; an episode begins.
  mutating func reset() {
    history.reset()
    queue.reset()
  }
}

extension ActionQueue where Action == Tensor {
  /// The next action [B, A]; where none is left, of a new chunk.
  ///
  /// - Parameters:
  ///   - count: actions of a chunk that are carried out, where it has as many.
  ///   - plan: gives a chunk [B, T, A].
  mutating func next(atMost count: Int, plan: () -> Tensor) -> Tensor {
    next {
      let chunk = plan()
      return (0..<min(count, chunk.size(1))).map { step in
        chunk.sliced(step..<step + 1, axis: 1).reshaped([chunk.size(0), chunk.size(2)])
      }
    }
  }
}

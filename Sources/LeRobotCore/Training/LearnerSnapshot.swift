import Synchronization

/// What a learner knows at one moment, for a checkpoint; read on whichever thread needs it first.
///
/// Copying the weights and the two moments of a policy can take as long as a step. A learner that
/// changes them only at a step's end may leave the copying to the thread that writes the
/// checkpoint, and go on computing the next gradients; it calls `read` itself before it changes
/// anything, and so waits for a copy under way, or makes it.
package final class LearnerSnapshot: Sendable {
  /// The state as host tensors.
  package struct State: Sendable {
    /// Under LeRobot's checkpoint names.
    package var weights: NamedTensors
    package var optimizer: OptimizerState

    package init(weights: NamedTensors, optimizer: OptimizerState) {
      self.weights = weights
      self.optimizer = optimizer
    }
  }

  private let state: Mutex<State?>
  private let copy: @Sendable () throws -> State

  /// - Parameter copy: called once, on the thread of the first `read`.
  package init(_ copy: @escaping @Sendable () throws -> State) {
    state = Mutex(nil)
    self.copy = copy
  }

  /// The state of the moment the snapshot was taken.
  @discardableResult
  package func read() throws -> State {
    try state.withLock { state throws in
      if let state { return state }
      let copied = try copy()
      state = copied
      return copied
    }
  }
}

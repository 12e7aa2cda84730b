/// What a learner knows at one moment, for a checkpoint.
///
/// Copying the weights and the two moments of a policy can take as long as a step. A learner that
/// changes them only at a step's end leaves the copying to the thread that writes the checkpoint,
/// and computes the next gradients meanwhile; `SnapshotCopies` says how the two get along.
package final class LearnerSnapshot: Sendable {
  /// The state as host tensors, which may be copied only when they are read. Who has released a
  /// tensor's memory cannot read it again.
  package struct State: Sendable {
    /// Under LeRobot's checkpoint names.
    package var weights: NamedTensors
    package var optimizer: OptimizerState
    /// The moving average, with the buffers as they are; nil without one.
    package var average: NamedTensors?

    package init(
      weights: NamedTensors, optimizer: OptimizerState, average: NamedTensors? = nil
    ) {
      self.weights = weights
      self.optimizer = optimizer
      self.average = average
    }
  }

  package let state: State
  package let copies: SnapshotCopies

  /// - Parameter copies: what of the state is not copied yet.
  package init(_ state: State, copies: SnapshotCopies = SnapshotCopies()) {
    self.state = state
    self.copies = copies
  }

  deinit { copies.endReading() }

  /// The state, all of it copied.
  ///
  /// - Throws: `WeightError.changedDuringSave` where a tensor changed before it was copied.
  @discardableResult
  package func read() throws(WeightError) -> State {
    for tensor in state.weights.values { tensor.buffer.withUnsafeBytes { _ in } }
    copies.settle()
    try copies.confirm()
    return state
  }
}

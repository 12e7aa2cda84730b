import LeRobotCore
import OrderedCollections

extension LearnerSnapshot {
  /// A snapshot of tensors that nobody has copied yet.
  ///
  /// Buffers, which a forward pass may change, are copied at once; what only the optimizer changes
  /// waits for whoever reads first.
  convenience init(of parameters: NamedParameters, trained optimizer: Optimizer) {
    let trained = Set(optimizer.parameters.map(ObjectIdentifier.init))
    let tensors = parameters.mapValues { parameter in
      trained.contains(ObjectIdentifier(parameter)) ? parameter.value : parameter.value.copy()
    }
    let frozen = FrozenTensors(weights: tensors, memory: optimizer.memory)
    self.init { try frozen.state() }
  }
}

/// A learner's tensors while nobody changes them.
///
/// Sendable although `Tensor` is not: `state` is called once, by `LearnerSnapshot.read` and under its
/// lock; the learner calls `read` as well before it changes a tensor, and the lock orders that change
/// after the copy. Between the two, both threads only read the elements; neither touches the
/// tensors' graphs, since copies are made of detached views; and libtorch counts references
/// atomically.
private struct FrozenTensors: @unchecked Sendable {
  let weights: OrderedDictionary<String, Tensor>
  let memory: OptimizerMemory

  func state() throws -> LearnerSnapshot.State {
    LearnerSnapshot.State(
      weights: try NamedTensors(
        uniqueKeysWithValues: weights.map { ($0.key, try $0.value.host()) }),
      optimizer: try memory.state())
  }
}

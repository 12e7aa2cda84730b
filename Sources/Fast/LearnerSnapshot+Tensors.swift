import LeRobotCore
import OrderedCollections

extension LearnerSnapshot {
  /// A snapshot of tensors that are not copied yet.
  ///
  /// Buffers, which a forward pass may change, are copied at once. What only a step changes
  /// is copied when it is read, or before the next step. Frozen parameters change in neither, and
  /// one that is mapped from a file is given as it is.
  convenience init(
    of parameters: NamedParameters, average: WeightAverage?, trained optimizer: Optimizer,
    limit: Int
  ) throws(TorchError) {
    let copies = SnapshotCopies(limit: limit)
    var weights: NamedTensors = [:]
    for (name, parameter) in parameters {
      weights[name] =
        switch parameter.role {
        case .buffer: try parameter.value.host()
        case .trained, .target: copies.tensor(parameter.value, named: name)
        case .frozen: parameter.file ?? copies.tensor(parameter.value, named: name, waits: false)
        }
    }
    let averaged = average.map { average in
      var averaged = weights
      for name in weights.keys {
        if let tensor = average[name] {
          averaged[name] = copies.tensor(tensor, named: "the average of \(name)")
        }
      }
      return averaged
    }
    let names = Dictionary(
      uniqueKeysWithValues: parameters.map { (ObjectIdentifier($0.value), $0.key) })
    let memory = optimizer.memory
    let state = OptimizerState(
      slots: memory.slots { index, slot, tensor in
        let name = names[ObjectIdentifier(optimizer.parameters[index])] ?? "parameter \(index)"
        return copies.tensor(tensor, named: "\(slot) of \(name)")
      }, groups: memory.groups.map(Array.init))
    self.init(State(weights: weights, optimizer: state, average: averaged), copies: copies)
  }
}

extension SnapshotCopies {
  /// A host tensor that is copied when it is needed.
  fileprivate func tensor(_ tensor: Tensor, named name: String, waits: Bool = true) -> HostTensor {
    let unchanged = UnchangedTensor(tensor, named: name)
    let entry = WeightEntry(tensor.dataType.scalarType, shape: tensor.shape)
    return self.tensor(entry, waits: waits) { try unchanged.copy() }
  }
}

/// A learner's tensor while nobody changes it.
///
/// Sendable although `Tensor` is not. `copy` is called once, under a lock of `SnapshotCopies`; the
/// learner calls `settle` before it changes a tensor, which takes the same lock after the copy. Until
/// then both threads only read the elements; neither touches the tensor's graph, since the copy is
/// made of a detached view; and libtorch counts references atomically. Should anything write to the
/// tensor all the same, libtorch's count of writes, which is atomic, has moved on, and the copy is
/// refused.
private struct UnchangedTensor: @unchecked Sendable {
  private let tensor: Tensor
  private let name: String
  private let writeCount: Int

  init(_ tensor: Tensor, named name: String) {
    self.tensor = tensor
    self.name = name
    writeCount = tensor.writeCount
  }

  func copy() throws -> HostBuffer {
    let copy = try tensor.host().buffer
    guard tensor.writeCount == writeCount else { throw WeightError.changedDuringSave(name) }
    return copy
  }
}

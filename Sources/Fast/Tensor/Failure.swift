import CTorchTable

// What libtorch answers: a result, or a failure. Operations on tensors end the program where they
// fail; work on data from outside throws.

/// Takes over the handle an operation returned, or ends the program.
@inline(__always)
func made(
  _ handle: CTTensor?, _ operation: StaticString, _ a: Tensor? = nil, _ b: Tensor? = nil,
  _ c: Tensor? = nil
) -> Tensor {
  guard let handle else { fail(operation, [a, b, c]) }
  return Tensor(owning: handle)
}

/// Returns when `status` is 0, or ends the program.
@inline(__always)
func demand(
  _ status: Int32, _ operation: StaticString, _ a: Tensor? = nil, _ b: Tensor? = nil
) {
  guard status == 0 else { fail(operation, [a, b]) }
}

/// Ends the program with the operation that failed on this thread and its operands' shapes.
func fail(_ operation: StaticString, _ operands: [Tensor?] = []) -> Never {
  let (operation, reason) = ("\(operation)", Torch.lastError)
  if ct_last_error_is_memory() {
    FatalFailure.outOfMemory(operation: operation, reason: reason).end()
  }
  let shapes = operands.compactMap { $0?.shape }
  FatalFailure.refused(operation: operation, shapes: shapes, reason: reason).end()
}

/// Returns when `status` is 0, or throws; for work on data from outside.
func check(_ status: Int32, _ operation: String) throws(TorchError) {
  if status != 0 { throw failure(of: operation) }
}

/// Takes over a handle, or throws; for work on data from outside.
func received(_ handle: CTTensor?, _ operation: String) throws(TorchError) -> CTTensor {
  guard let handle else { throw failure(of: operation) }
  return handle
}

/// What failed on this thread.
private func failure(of operation: String) -> TorchError {
  let reason = Torch.lastError
  return ct_last_error_is_memory()
    ? .outOfMemory(operation: operation, reason: reason)
    : .failed(operation: operation, reason: reason)
}

import CTorchTable
import Foundation
import LeRobotCore

// An operation that libtorch refuses has shapes that do not fit, which is a mistake in this
// program: it ends here, with both shapes. Memory that runs out is the user's to mend: it ends
// here too, with the remedy, because no caller could go on.

/// Takes over the handle an operation returned, or ends the program.
@inline(__always)
func made(
  _ handle: CTTensor?, _ operation: StaticString, _ a: Tensor? = nil, _ b: Tensor? = nil,
  _ c: Tensor? = nil
) -> Tensor {
  guard let handle else { fail(operation, [a, b, c]) }
  return Tensor(owning: handle)
}

/// Goes on when `status` is 0, or ends the program.
@inline(__always)
func demand(
  _ status: Int32, _ operation: StaticString, _ a: Tensor? = nil, _ b: Tensor? = nil
) {
  guard status == 0 else { fail(operation, [a, b]) }
}

/// Ends the program with one line that names the operation and its operands' shapes.
private func fail(_ operation: StaticString, _ operands: [Tensor?]) -> Never {
  let reason = Torch.lastError
  if ct_last_error_is_memory() { leaveForMemory(reason) }
  let shapes = operands.compactMap { $0.map { "\($0.shape)" } }.joined(separator: " and ")
  let message = "\(operation) of \(shapes): \(reason)"
  // An optimised build does not print a precondition's message.
  StandardStream.error.write(message + "\n")
  preconditionFailure(message)
}

/// Ends the program with status 1 and the remedy.
func leaveForMemory(_ reason: String) -> Never {
  StandardStream.error.write(
    "lerobot-train: error: out of memory: \(reason); lower --batch_size and run again, or go on "
      + "from the last checkpoint with --resume=true --config_path=CHECKPOINT\n")
  exit(1)
}

/// Goes on when `status` is 0, or throws; for work on data from outside.
func check(_ status: Int32, _ operation: String) throws(TorchError) {
  guard status == 0 else {
    if ct_last_error_is_memory() { leaveForMemory(Torch.lastError) }
    throw .failed(operation: operation, reason: Torch.lastError)
  }
}

/// Takes over a handle, or throws; for work on data from outside.
func received(_ handle: CTTensor?, _ operation: String) throws(TorchError) -> CTTensor {
  guard let handle else {
    try check(1, operation)
    preconditionFailure("unreachable: check throws")
  }
  return handle
}

/// What can go wrong between this program and libtorch.
package enum TorchError: Error, Equatable {
  /// The shim or libtorch itself is missing, or is of another build.
  case cannotOpen(path: String, reason: String)
  /// A device name that libtorch does not have.
  case unknownDevice(String)
  /// A CUDA index beyond the devices that are there.
  case noSuchDevice(name: String, count: Int)
  /// A CUDA device that is there and computes nothing.
  case unusableDevice(name: String, reason: String)
  /// A loaded tensor does not fit the one it is for.
  case wrongShape(tensor: String, expected: [Int], found: [Int])
  /// The configuration asks for what the policy cannot be built with.
  case unsupported(key: String, reason: String)
  /// No memory was left for data from outside.
  case outOfMemory(operation: String, reason: String)
  /// libtorch refused an operation on outside data.
  case failed(operation: String, reason: String)
}

extension TorchError: CustomStringConvertible {
  package var description: String {
    switch self {
    case .cannotOpen(let path, let reason):
      "cannot open libtorch: \(path): \(reason); run `make build`, which sets it up"
    case .unknownDevice(let name):
      "policy.device: \(name) is not a device; use cpu, cuda or cuda:N"
    case .noSuchDevice(let name, let count):
      "policy.device: \(name) does not exist, this machine has \(count) CUDA device(s); "
        + "use a lower index"
    case .unusableDevice(let name, let reason):
      "policy.device: \(name) cannot compute: \(reason); use --policy.device=cpu, "
        + "or a libtorch for this GPU (LIBTORCH=DIR Scripts/setup)"
    case .wrongShape(let tensor, let expected, let found):
      "\(tensor): shape \(found) where \(expected) is needed; "
        + "these weights belong to a policy of another configuration"
    case .unsupported(let key, let reason):
      "\(key): \(reason)"
    case .outOfMemory(let operation, let reason):
      "out of memory: \(operation): \(reason); lower --batch_size"
    case .failed(let operation, let reason):
      "\(operation): \(reason)"
    }
  }
}

/// What can go wrong between this program and libtorch.
package enum TorchError: Error, Equatable {
  /// No libtorch was found, or none in the folder that `LIBTORCH` names; `releases` would fit.
  case noLibtorch(folder: String?, releases: [String])
  /// There is a libtorch, and the program has no shim for its release.
  case otherRelease(found: TorchFolder, releases: [String])
  /// The libtorch at `path`, or the shim for it, cannot be loaded.
  case cannotOpen(path: String, reason: String)
  /// The processor lacks AVX2, which every kernel is compiled for.
  case oldProcessor
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
    case .noLibtorch(let folder?, let releases):
      "LIBTORCH=\(folder): no torch folder, which holds lib/libtorch_cpu.so; "
        + "unset it, or \(Self.remedy(releases))"
    case .noLibtorch(nil, let releases):
      "libtorch, which trains, is not on this machine: \(Self.remedy(releases))"
    case .otherRelease(let found, let releases):
      "\(found.path) is libtorch \(found.version), which this program does not fit: "
        + Self.remedy(releases)
    case .cannotOpen(let path, let reason):
      "cannot open libtorch in \(path): \(reason); \(TorchError.reinstall)"
    case .oldProcessor:
      "this processor has no AVX2, which computing needs: use a machine with a newer one, "
        + "or --backend=reference, which is slow"
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

extension TorchError {
  /// A checkout that was not built has no shim at all.
  private static func remedy(_ releases: [String]) -> String {
    guard let oldest = releases.first, let newest = releases.last else {
      return "run `make build`, which fetches it"
    }
    let next = newest.split(separator: ".").compactMap { Int($0) }
    return "pip install 'torch>=\(oldest),<\(next[0]).\(next[1] + 1)'"
  }

  private static let reinstall = "install that torch again, or name another by LIBTORCH=DIR"
}

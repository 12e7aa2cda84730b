import Fast
import LeRobotCore
import OrderedCollections
import Reference

/// A backend with what a run says about it.
struct Engine {
  let engine: any Backend
  /// The device under the name a configuration stores.
  let deviceName: String
  /// Why that is not the device that was asked for.
  let deviceWarning: String?
  /// Why a step takes longer than it could, as a line for the log.
  let kernelWarning: String?
  /// What a trace's header names.
  let versions: OrderedDictionary<String, String>
  /// Threads that one tensor operation may use.
  let threads: Int

  /// Finds the tensors that a part of a new policy starts from.
  typealias WeightFinder = (PretrainedPart) throws -> NamedTensors

  /// The names of the policies that a backend trains, asked without libtorch.
  static func trainable(_ backend: RunOptions.Backend) -> [String] {
    switch backend {
    case .fast: Fast.PolicyBuilders.builtIn.names
    case .reference: Reference.PolicyBuilders.builtIn.names
    }
  }

  /// Opens libtorch.
  static func fast(
    device: String?, kernels: KernelChoice, _ weights: @escaping WeightFinder
  ) throws -> Engine {
    let backend = try FastBackend(device: device, kernels: kernels, pretrainedWeights: weights)
    return Engine(
      engine: backend, deviceName: backend.deviceName, deviceWarning: backend.deviceWarning,
      kernelWarning: kernels == .plain ? KernelChoice.plainWarning : nil,
      versions: ["lerobot": Version.lerobot, "torch": Torch.version, "program": Version.program],
      threads: Torch.threadCount)
  }

  /// The reference computes on one thread, without libtorch.
  static func reference(_ weights: @escaping WeightFinder) -> Engine {
    Engine(
      engine: ReferenceBackend(pretrainedWeights: weights), deviceName: "cpu", deviceWarning: nil,
      kernelWarning: nil,
      versions: ["lerobot": Version.lerobot, "program": Version.program], threads: 1)
  }
}

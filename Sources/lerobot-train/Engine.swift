import Fast
import LeRobotCore
import OrderedCollections
import Reference

/// A backend with what a run says about it.
struct Engine {
  let engine: any Backend
  /// The device under the name a configuration stores.
  let deviceName: String
  /// What a trace's header names.
  let versions: OrderedDictionary<String, String>
  /// Threads that one tensor operation may use.
  let threads: Int

  /// Opens libtorch.
  static func fast(device: String?, environment: [String: String]) throws -> Engine {
    let backend = try FastBackend(device: device)
    return Engine(
      engine: backend, deviceName: backend.deviceName,
      versions: ["lerobot": Version.lerobot, "torch": Torch.version, "program": Version.program],
      threads: Torch.threadCount)
  }

  /// The reference computes on one thread, without libtorch.
  static func reference() -> Engine {
    Engine(
      engine: ReferenceBackend(pretrainedWeights: noPretrainedWeights), deviceName: "cpu",
      versions: ["lerobot": Version.lerobot, "program": Version.program], threads: 1)
  }
}

import Fast
import LeRobotCore
import LeRobotHub
import OrderedCollections
import Reference

/// The backend that computes, and what a run says about it.
package struct BackendSetup {
  let backend: any Backend
  /// The device under the name a configuration stores.
  let deviceName: String
  /// Why that is not the device that was asked for.
  let deviceWarning: String?
  /// What a trace's header names.
  let versions: OrderedDictionary<String, String>
  /// Threads that one tensor operation may use.
  let threads: Int

  /// The names of the policies that a backend trains, asked without libtorch.
  static func trainable(_ backend: RunOptions.Backend) -> [String] {
    switch backend {
    case .fast: Fast.PolicyBuilders.builtIn.names
    case .reference: Reference.PolicyBuilders.builtIn.names
    }
  }

  /// Opens libtorch, or the reference, which needs none and computes on one thread.
  ///
  /// - Parameters:
  ///   - device: the one that is asked for.
  ///   - environment: the process's variables.
  ///   - abort: ends the process where an operation fails and no caller can continue.
  init(
    _ options: RunOptions, device: String?, environment: [String: String], _ hub: Hub,
    _ events: RunEvents, abort: @escaping TrainingRun.Abort
  ) throws {
    /// What a part of a new policy starts from, from a file, a cache or its server.
    let pretrainedWeights: (PretrainedPart) throws -> any WeightSource = { part in
      try PretrainedWeights(environment: environment, hub).load(part)
    }
    switch options.backend {
    case .fast:
      FatalFailure.install { abort($0.description) }
      let kernels = try KernelChoice(environment: environment)
      let fast = try FastBackend(
        device: device, kernels: kernels,
        actionRounding: options.evaluatesExactly ? .asLeRobot : .fast,
        pretrainedWeights: pretrainedWeights)
      if kernels == .plain { events.warning(KernelChoice.plainWarning) }
      backend = fast
      (deviceName, deviceWarning) = (fast.deviceName, fast.deviceWarning)
      versions = [
        "lerobot": Version.lerobot, "torch": Torch.version, "program": Version.program,
      ]
      threads = Torch.threadCount
    case .reference:
      backend = ReferenceBackend(pretrainedWeights: pretrainedWeights)
      (deviceName, deviceWarning) = ("cpu", nil)
      versions = ["lerobot": Version.lerobot, "program": Version.program]
      threads = 1
    }
    if let deviceWarning { events.warning(deviceWarning) }
  }
}

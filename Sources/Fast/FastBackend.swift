import CTorchTable
import LeRobotCore

/// Training on libtorch.
///
/// Whoever makes one opens libtorch, so make it once the configuration has parsed, on the thread
/// that trains.
package final class FastBackend: Backend {
  package let name = "fast"
  /// Where policies are trained.
  package let device: Device
  /// The device under the name a configuration stores: `cpu`, `cuda` or `cuda:1`.
  package let deviceName: String
  /// Why another device is used than was asked for, as a line for the log.
  package let deviceWarning: String?
  /// The type of weights and arithmetic.
  package let dataType: DataType
  private let actionRounding: Rounding
  package let numPy = NumPyStream()
  private let policies: PolicyBuilders
  private let pretrainedWeights: (PretrainedPart) throws -> any WeightSource

  /// Opens libtorch and chooses a device: the asked one, or the best there is.
  ///
  /// - Parameters:
  ///   - device: `cpu`, `cuda` or `cuda:N`; nil picks CUDA where there is a GPU.
  ///   - threadCount: threads per operation; nil leaves it to libtorch (`OMP_NUM_THREADS`).
  ///   - kernels: which kernels run in this process; nil keeps those that do.
  ///   - actionRounding: how the actions that a policy chooses are rounded.
  ///   - policies: those that can be trained.
  ///   - pretrainedWeights: the tensors that a part of a new policy starts from.
  /// - Throws: `TorchError` when libtorch cannot be opened, or the device is no device or cannot
  ///   compute.
  package init(
    device: String? = nil, dataType: DataType = .float32, threadCount: Int? = nil,
    kernels: KernelChoice? = nil, actionRounding: Rounding = .fast,
    policies: PolicyBuilders = .builtIn,
    pretrainedWeights: @escaping (PretrainedPart) throws -> any WeightSource = noPretrainedWeights
  ) throws(TorchError) {
    try Torch.open(kernels: kernels ?? .own)
    if let kernels { Torch.kernels = kernels }
    (deviceName, self.device, deviceWarning) = try Self.choose(device)
    self.dataType = dataType
    self.actionRounding = actionRounding
    self.policies = policies
    self.pretrainedWeights = pretrainedWeights
    if let threadCount { Torch.threadCount = threadCount }
    guard !self.device.isCPU else { return }
    // As LeRobot's training script sets them.
    try check(ct_set_cuda_math(true, true), "CUDA settings")
    try tryOut()
  }

  /// Computes one number: a GPU which libtorch has no kernels for, or which is full, is then one line
  /// and not the end of the program in the middle of a policy.
  private func tryOut() throws(TorchError) {
    var number: Float = 0
    let tensor = ct_full(nil, 0, 1, DataType.float32.rawValue, device.index)
    defer { if let tensor { ct_release(tensor) } }
    guard let tensor, ct_copy_out(tensor, &number, MemoryLayout<Float>.size) == 0, number == 1
    else { throw .unusableDevice(name: deviceName, reason: Torch.lastError) }
  }

  private static func choose(
    _ wanted: String?
  ) throws(TorchError) -> (name: String, device: Device, warning: String?) {
    let count = Torch.cudaDeviceCount
    let best = count > 0 ? ("cuda", Device.cuda(0)) : ("cpu", Device.cpu)
    guard let wanted else { return (best.0, best.1, nil) }
    if wanted == "cpu" { return (wanted, .cpu, nil) }
    guard ["cuda", "mps", "xpu"].contains(wanted) || wanted.wholeMatch(of: /cuda:\d+/) != nil
    else { throw .unknownDevice(wanted) }
    guard wanted.hasPrefix("cuda") else {
      return (best.0, best.1, "Device '\(wanted)' is not available. Switching to '\(best.0)'.")
    }
    guard count > 0 else {
      let reason = Torch.lastError
      return (best.0, best.1, "Device '\(wanted)' is not available. Switching to 'cpu': \(reason)")
    }
    let index = Int(wanted.dropFirst(5)) ?? 0
    guard index < count else { throw .noSuchDevice(name: wanted, count: count) }
    return (wanted, .cuda(index), nil)
  }

  package func seed(_ seed: UInt64) throws {
    try check(ct_seed(seed), "seeding")
    numPy.generator = NumPyGenerator(seed: UInt32(truncatingIfNeeded: seed))
  }

  package func randomState() throws -> [UInt8] { try Device.cpu.randomState() }
  package func setRandomState(_ state: [UInt8]) throws { try Device.cpu.setRandomState(state) }
  package func deviceRandomState() throws -> [UInt8]? {
    device.isCPU ? nil : try device.randomState()
  }
  package func setDeviceRandomState(_ state: [UInt8]) throws {
    if !device.isCPU { try device.setRandomState(state) }
  }

  package func makeLearner(
    policy config: PolicyConfig, optimizer: OptimizerConfig, usesPreset: Bool,
    loading parts: [PretrainedPart]
  ) throws -> any Learner {
    let policy = try policies.makePolicy(config, random: TorchRandom())
    for part in parts { try policy.load(part, from: try pretrainedWeights(part)) }
    let groups = usesPreset ? policy.parameterGroups : policy.singleGroup
    return PolicyLearner(
      policy: policy, groups: groups, optimizer: optimizer, dataType: dataType, device: device,
      usesAutocast: config.common.usesAMP, actionRounding: actionRounding,
      random: TorchRandom(dataType: dataType, device: device, numPy: numPy))
  }
}

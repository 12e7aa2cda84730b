import LeRobotCore

/// A policy with its optimizer, trained on one device.
///
/// Everything stays on the thread that made it.
package final class PolicyLearner: Learner {
  /// The policy that learns.
  package let policy: any Policy
  let optimizer: Optimizer
  let gradientClipNorm: Double
  let usesAutocast: Bool
  /// How the actions it chooses are rounded.
  private let actionRounding: Rounding
  let random: any RandomSource
  private let dataType: DataType
  let device: Device
  let parameters: NamedParameters
  /// Whether a step was begun: before it, memory was taken for drawing and loading weights.
  var hasComputed = false
  /// The batches accumulated since the last step; nil before the first.
  var openStep: OpenStep?
  /// The moving average of the weights; nil where none is kept.
  var weightAverage: WeightAverage?
  /// What of the newest snapshot may still have to be copied.
  private weak var openSnapshot: SnapshotCopies?
  private let snapshotLimit: Int
  private let momentCount: Int

  /// - Parameters:
  ///   - policy: on the CPU as it was made; it is moved.
  ///   - groups: the parameters to train; they must be the policy's.
  ///   - usesAutocast: forward passes in bfloat16 where that is safe.
  ///   - actionRounding: how the actions it chooses are rounded (Decision 0010).
  ///   - random: draws dropout and noise in training; nil takes the device's generator.
  ///   - snapshotLimit: bytes of a snapshot that may be copied at once; beyond them a step waits until
  ///     the checkpoint's writer has taken the others.
  package init(
    policy: any Policy, groups: [ParameterGroup<Parameter>], optimizer config: OptimizerConfig,
    dataType: DataType, device: Device, usesAutocast: Bool,
    actionRounding: Rounding = .fast, random: (any RandomSource)? = nil,
    snapshotLimit: Int = SnapshotCopies.defaultLimit
  ) {
    self.policy = policy
    self.usesAutocast = usesAutocast
    self.actionRounding = actionRounding
    parameters = policy.parameters
    for parameter in parameters.values { parameter.move(to: dataType, device: device) }
    optimizer = Optimizer(groups: groups, config)
    gradientClipNorm = config.gradientClipNorm
    self.random = random ?? TorchRandom(dataType: dataType, device: device)
    self.dataType = dataType
    self.device = device
    self.snapshotLimit = snapshotLimit
    momentCount = config.momentCount
  }

  package var parameterCounts: (learnable: Int, total: Int) {
    let counted = parameters.values.filter { $0.role != .buffer }
    return (
      counted.filter(\.isTrained).reduce(0) { $0 + $1.value.count },
      counted.reduce(0) { $0 + $1.value.count }
    )
  }

  package var memory: LearnerMemory {
    let sizes = parameters.values.map { ($0.isTrained, $0.value.byteCount) }
    var memory = LearnerMemory(
      weights: sizes.reduce(0) { $0 + $1.1 },
      trained: sizes.filter(\.0).reduce(0) { $0 + $1.1 }, momentCount: momentCount)
    if weightAverage != nil { memory.average = memory.weights }
    return memory
  }

  package var parameterGroupNames: [String] { optimizer.groups.map(\.name) }
  package var parameterGroupOptions: [GroupOptions] { optimizer.groups.map(\.ownOptions) }
  package var initialLearningRates: [Double] { optimizer.initialLearningRates }

  /// What the policy reads of a batch, on its device and in its type; bytes become 0…1.
  package func inputs(_ batch: Batch) throws(TorchError) -> [String: Tensor] {
    var inputs: [String: Tensor] = [:]
    for key in policy.batchKeys {
      guard let value = batch.values[key] else { continue }
      let tensor =
        if let picture = value.picture {
          try Tensor(picture, device: device)
        } else {
          try Tensor(value.tensor, device: device)
        }
      inputs[key] = tensor.dataType.isFloatingPoint ? tensor.to(dataType) : tensor
    }
    return inputs
  }

  package func weights() throws -> NamedTensors {
    try NamedTensors(
      uniqueKeysWithValues: parameters.map { ($0.key, try $0.value.value.host()) })
  }

  package var weightNames: [String] { Array(parameters.keys) }

  package func load(_ tensor: HostTensor, named name: String) throws {
    settleSnapshot()
    guard let parameter = parameters[name], tensor.shape == parameter.value.shape else {
      throw TorchError.wrongShape(
        tensor: name, expected: parameters[name]?.value.shape ?? [], found: tensor.shape)
    }
    try parameter.load(tensor)
  }

  package func optimizerState() throws -> OptimizerState { try optimizer.state() }
  package func loadOptimizer(_ saved: SavedOptimizer) throws {
    settleSnapshot()
    try optimizer.load(saved)
  }

  /// A snapshot that is copied beside the next forward and backward pass.
  package func snapshot() throws -> LearnerSnapshot {
    settleSnapshot()
    let snapshot = try LearnerSnapshot(
      of: parameters, average: weightAverage, trained: optimizer, limit: snapshotLimit)
    openSnapshot = snapshot.copies
    return snapshot
  }

  /// Lets go of the tensors, which are about to change.
  func settleSnapshot() {
    openSnapshot?.settle()
    openSnapshot = nil
  }

  package func selectAction(_ observation: Batch) throws -> HostTensor {
    let inputs = try inputs(observation)
    return try Torch.withRounding(actionRounding) {
      Torch.withAutocast(usesAutocast, device: device) {
        policy.selectAction(inputs, .evaluate(random))
      }
    }.host()
  }

  package func predictActionChunk(_ samples: Batch) throws -> HostTensor {
    policy.reset()
    let inputs = try inputs(samples)
    return try Torch.withRounding(actionRounding) {
      Torch.withAutocast(usesAutocast, device: device) {
        policy.predictActionChunk(inputs, .evaluate(random))
      }
    }.host()
  }

  package func reset() { policy.reset() }
  package func resume(afterSteps count: Int) { policy.resume(afterSteps: count) }
  package var stepsWithoutPictures: Int { policy.stepsWithoutPictures }
  package var warnings: PolicyWarnings { policy.warnings }
}

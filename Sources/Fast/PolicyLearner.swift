import LeRobotCore

/// A policy with its optimizer, trained on one device.
///
/// Everything stays on the thread that made it.
package final class PolicyLearner: Learner {
  /// The policy that learns.
  package let policy: any Policy
  private let optimizer: Optimizer
  private let gradientClipNorm: Double
  private let usesAutocast: Bool
  private let random: any RandomSource
  private let dataType: DataType
  private let device: Device
  private let parameters: NamedParameters
  /// A snapshot that may still have to be copied.
  private var openSnapshot: LearnerSnapshot?

  /// - Parameters:
  ///   - policy: on the CPU as it was made; it is moved.
  ///   - groups: the parameters to train; they must be the policy's.
  ///   - usesAutocast: forward passes in bfloat16 where that is safe.
  ///   - random: draws dropout and noise in training; nil takes the device's generator.
  package init(
    policy: any Policy, groups: [ParameterGroup], optimizer config: OptimizerConfig,
    dataType: DataType, device: Device, usesAutocast: Bool, random: (any RandomSource)? = nil
  ) {
    self.policy = policy
    self.usesAutocast = usesAutocast
    parameters = policy.parameters
    for parameter in parameters.values { parameter.move(to: dataType, device: device) }
    optimizer = Optimizer(groups: groups, config)
    gradientClipNorm = config.gradientClipNorm
    self.random = random ?? TorchRandom(dataType: dataType, device: device)
    self.dataType = dataType
    self.device = device
  }

  package var parameterCounts: (learnable: Int, total: Int) {
    let count = parameters.values.filter(\.isTrained).reduce(0) { $0 + $1.value.count }
    return (count, count)
  }

  package var parameterGroupNames: [String] { optimizer.groups.map(\.name) }
  package var initialLearningRates: [Double] { optimizer.initialLearningRates }

  package func update(_ batch: Batch, learningRates: [Double]) throws -> StepResult {
    let inputs = try inputs(batch)
    let loss = Torch.withAutocast(usesAutocast, device: device) {
      policy.loss(inputs, .train(random))
    }
    loss.total.backward(keepsFactors: true)
    defer { for parameter in optimizer.parameters { parameter.value.clearGradient() } }
    let pulled = optimizer.parameters.map(\.value).filter(\.hasGradient)
    let norm = gradientNorm(of: pulled)
    var result = try read(loss, norm)
    guard result.loss.isFinite, result.gradientNorm.isFinite else {
      throw TrainingError.notFinite(tensor: try firstNotFinite(inputs, loss))
    }
    clipGradients(
      of: pulled, norm: norm, value: result.gradientNorm, maximumNorm: gradientClipNorm)
    let clock = ContinuousClock()
    let start = clock.now
    try settleSnapshot()
    result.snapshotSeconds = (clock.now - start).seconds
    optimizer.step(learningRates: learningRates)
    return result
  }

  /// Brings all the numbers of a step to the host at once: the only wait for a GPU in a step.
  private func read(_ loss: PolicyLoss, _ norm: Tensor) throws(TorchError) -> StepResult {
    let scalars = [loss.total, norm] + loss.parts.map(\.value)
    let values = try Torch.withoutGradients { () throws(TorchError) in
      try Tensor.stacked(scalars.map { $0.detached().to(.float64, device: norm.device) })
        .host().doubles
    }
    let parts = zip(loss.parts.map(\.name), values.dropFirst(2))
    return StepResult(
      loss: values[0], gradientNorm: values[1], parts: Dictionary(uniqueKeysWithValues: parts))
  }

  /// The first tensor with a NaN or an infinity, in the order in which they are computed.
  private func firstNotFinite(
    _ inputs: [String: Tensor], _ loss: PolicyLoss
  ) throws(TorchError) -> String {
    for key in policy.batchKeys {
      guard let input = inputs[key], try !input.isFinite() else { continue }
      return "the batch's \(key)"
    }
    for (name, parameter) in parameters where try !parameter.value.isFinite() { return name }
    for (name, value) in loss.parts where try !value.isFinite() { return name }
    if try !loss.total.isFinite() { return "the loss" }
    for (name, parameter) in parameters {
      guard let gradient = parameter.value.gradient, try !gradient.isFinite() else { continue }
      return "the gradient of \(name)"
    }
    return "the gradient norm"
  }

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

  package func loadWeights(
    _ weights: NamedTensors
  ) throws -> (missing: [String], unexpected: [String]) {
    try settleSnapshot()
    for (name, host) in weights {
      guard let parameter = parameters[name] else { continue }
      guard host.shape == parameter.value.shape else {
        throw TorchError.wrongShape(
          tensor: name, expected: parameter.value.shape, found: host.shape)
      }
      parameter.value = try Tensor(host)
    }
    return (
      parameters.keys.filter { weights[$0] == nil }, weights.keys.filter { parameters[$0] == nil }
    )
  }

  package func optimizerState() throws -> OptimizerState { try optimizer.state() }
  package func loadOptimizer(_ saved: SavedOptimizer) throws {
    try settleSnapshot()
    try optimizer.load(saved)
  }

  /// A snapshot that is copied beside the next forward and backward pass.
  package func snapshot() throws -> LearnerSnapshot {
    try settleSnapshot()
    let snapshot = LearnerSnapshot(of: parameters, trained: optimizer)
    openSnapshot = snapshot
    return snapshot
  }

  /// Lets go of the tensors, which are about to change.
  private func settleSnapshot() throws {
    try openSnapshot?.read()
    openSnapshot = nil
  }

  package func selectAction(_ observation: Batch) throws -> HostTensor {
    let inputs = try inputs(observation)
    return try Torch.withAutocast(usesAutocast, device: device) {
      policy.selectAction(inputs, .evaluate(random))
    }.host()
  }

  package func reset() { policy.reset() }
}

import LeRobotCore
import OrderedCollections

/// What the batches of a step under way left behind, beside the gradients at the parameters.
struct OpenStep {
  /// The batch accumulated last, whose numbers have not been waited for.
  var latest: Forward
  /// Σ w·loss over the batches before.
  var earlier: LossRecord?
  /// The first tensor of a batch before that is not finite.
  var notFinite: String?
  /// What the policy takes in after the step, over all batches.
  var sums: [Tensor]

  /// A batch and its loss.
  struct Forward {
    let inputs: [String: Tensor]
    let loss: PolicyLoss
    let weight: Double
    let crops: [PictureCrop]
  }
}

/// A training step, taken apart.
///
/// With one batch and one rank a step waits for a GPU once. The batches before the last are waited
/// for when the next one comes, so that only one at a time takes memory.
extension PolicyLearner {
  package func accumulate(_ batch: Batch, weight: Double) throws {
    do {
      let before = try settleLatest()
      if !hasComputed { Torch.forgetPeak() }
      hasComputed = true
      let inputs = try inputs(batch)
      let notes = CropNotes()
      let loss = forward(inputs, .train(random, noting: notes))
      // Gradients that are added up or averaged over ranks are needed whole.
      let total = weight == 1 ? loss.total : weight * loss.total
      total.backward(keepsFactors: weight == 1)
      let sums = openStep.map { step in
        Torch.withoutGradients { zip(step.sums, loss.sums).map(+) }
      }
      openStep = OpenStep(
        latest: OpenStep.Forward(
          inputs: inputs, loss: loss, weight: weight, crops: notes.crops),
        earlier: before?.loss, notFinite: before?.notFinite, sums: sums ?? loss.sums)
    } catch {
      dropStep()
      throw error
    }
  }

  package func step(learningRates: [Double], world: any World) throws -> StepResult {
    guard let step = openStep else {
      FatalFailure.inconsistent("step: no batch was accumulated").end()
    }
    defer { dropStep() }
    if world.size > 1 { try averageGradients(over: world) }
    let weights = optimizer.parameters.map(\.value).filter(\.hasGradient)
    let norm = gradientNorm(of: weights)
    var result = try read(step, norm)
    result.crops = step.latest.crops
    let isFinite =
      step.notFinite == nil && result.loss.isFinite && result.gradientNorm.isFinite
    if try world.any(!isFinite) {
      let tensor = try isFinite ? otherRank : step.notFinite ?? firstNotFinite(step.latest)
      throw TrainingError.notFinite(tensor: tensor)
    }
    clipGradients(
      of: weights, norm: norm, value: result.gradientNorm, maximumNorm: gradientClipNorm)
    let clock = ContinuousClock()
    let start = clock.now
    settleSnapshot()
    result.snapshotSeconds = (clock.now - start).seconds
    let sums = try added(step.sums, over: world)
    optimizer.step(learningRates: learningRates)
    policy.afterStep(sums)
    return result
  }

  package func loss(of batch: Batch) throws -> LossRecord {
    let inputs = try inputs(batch)
    return try random.preservingState {
      try read(Torch.withoutGradients { forward(inputs, .evaluate(random)) }, beside: []).loss
    }
  }

  private func forward(_ inputs: [String: Tensor], _ pass: Pass) -> PolicyLoss {
    Torch.withAutocast(usesAutocast, device: device) { policy.loss(inputs, pass) }
  }

  /// Forgets what was accumulated.
  private func dropStep() {
    openStep = nil
    for parameter in optimizer.parameters { parameter.value.clearGradient() }
  }

  /// The sum of all batches so far, for which a GPU is waited; nil before the first.
  private func settleLatest() throws -> (loss: LossRecord, notFinite: String?)? {
    guard let step = openStep else { return nil }
    let latest = try read(step.latest.loss, beside: []).loss
    var notFinite = step.notFinite
    if notFinite == nil, !latest.total.isFinite { notFinite = try firstNotFinite(step.latest) }
    return (sum(step.earlier, latest.scaled(by: step.latest.weight)), notFinite)
  }

  private func sum(_ earlier: LossRecord?, _ latest: LossRecord) -> LossRecord {
    guard var sum = earlier else { return latest }
    sum.add(latest)
    return sum
  }

  /// Brings all the numbers of a step to the host at once: the only wait for a GPU in a step.
  private func read(_ step: OpenStep, _ norm: Tensor) throws(TorchError) -> StepResult {
    let (latest, others) = try read(step.latest.loss, beside: [norm])
    return StepResult(
      sum(step.earlier, latest.scaled(by: step.latest.weight)), gradientNorm: others[0])
  }

  /// The numbers of a loss, and other scalars beside them, as one copy to the host.
  private func read(
    _ loss: PolicyLoss, beside others: [Tensor]
  ) throws(TorchError) -> (loss: LossRecord, others: [Double]) {
    let scalars = [loss.total] + others + loss.parts.values
    let values = try Torch.withoutGradients { () throws(TorchError) in
      try Tensor.stacked(scalars.map { $0.detached().to(.float64, device: device) })
        .host().doubles
    }
    let parts = zip(loss.parts.keys, values.dropFirst(1 + others.count))
    let record = LossRecord(
      total: values[0], parts: OrderedDictionary(uniqueKeysWithValues: parts))
    return (record, Array(values[1...].prefix(others.count)))
  }

  /// Replaces each gradient by its mean over all ranks. One that came on some ranks only is 0 on the
  /// others.
  private func averageGradients(over world: any World) throws {
    let weights = optimizer.parameters.map(\.value)
    let isPresent = try world.any(weights.map(\.hasGradient))
    let exchanged = zip(weights, isPresent).filter(\.1).compactMap { weight, _ in
      if !weight.hasGradient { (weight * weight.zeros()).sum().backward() }
      return weight.gradient
    }
    try world.average(ExchangedGradients(exchanged))
  }

  /// What the policy takes in after a step, added up over all ranks.
  private func added(_ sums: [Tensor], over world: any World) throws -> [Tensor] {
    guard world.size > 1 else { return sums }
    return try sums.map { sum in
      let total = try world.mean(sum.host().doubles).map { $0 * Double(world.size) }
      return Tensor(total).reshaped(sum.shape).to(sum.dataType, device: sum.device)
    }
  }

  /// The first tensor with a NaN or an infinity, in the order in which they are computed.
  private func firstNotFinite(_ forward: OpenStep.Forward) throws(TorchError) -> String {
    try LeRobotCore.firstNotFinite(
      inputs: policy.batchKeys.compactMap { key in forward.inputs[key].map { (key, $0) } },
      weights: parameters.mapValues(\.value), parts: forward.loss.parts,
      loss: forward.loss.total,
      gradients: parameters.lazy.compactMap { name, parameter in
        parameter.value.gradient.map { (name, $0) }
      }
    ) { (tensor) throws(TorchError) in try tensor.isFinite() }
  }
}

/// The gradients of a step while ranks exchange them.
private final class ExchangedGradients: GradientVectors {
  private let gradients: [Tensor]

  init(_ gradients: [Tensor]) { self.gradients = gradients }

  func values() throws -> [[Double]] { try gradients.map { try $0.host().doubles } }
  func replace(with values: [[Double]]) {
    for (gradient, values) in zip(gradients, values) {
      gradient.assign(Tensor(values).reshaped(gradient.shape))
    }
  }
}

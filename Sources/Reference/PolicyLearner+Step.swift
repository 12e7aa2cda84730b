import LeRobotCore

/// What the batches of a step under way left behind.
struct OpenStep {
  /// Σ w·∂loss/∂θ over the batches, per trained parameter; nil where none came.
  var gradients: [Tensor?]
  /// Σ w·loss over the batches.
  var loss: LossRecord
  /// The first tensor of a batch's forward or backward pass that is not finite.
  var notFinite: String?
  /// What of its pictures the policy looked at in the latest batch.
  var crops: [PictureCrop]
  /// What the policy takes in after the step, over the batches.
  var sums: [Tensor]
}

/// A training step, taken apart.
extension PolicyLearner {
  package func accumulate(_ batch: Batch, weight: Double) throws {
    let inputs = inputs(batch)
    let notes = CropNotes()
    let loss = policy.loss(inputs, .train(random, noting: notes))
    let found = gradients(
      of: weight * loss.total, withRespectTo: optimizer.parameters.map(\.variable))
    let isFinite = loss.total.value.isFinite && gradientNorm(found).isFinite
    let problem = isFinite ? nil : firstNotFinite(inputs, loss, found)
    guard var step = openStep else {
      openStep = OpenStep(
        gradients: found, loss: loss.record.scaled(by: weight), notFinite: problem,
        crops: notes.crops, sums: loss.sums)
      return
    }
    step.gradients = zip(step.gradients, found).map { a, b in
      guard let a, let b else { return a ?? b }
      return a + b
    }
    step.loss.add(loss.record.scaled(by: weight))
    step.notFinite = step.notFinite ?? problem
    step.crops = notes.crops
    step.sums = zip(step.sums, loss.sums).map(+)
    openStep = step
  }

  package func step(learningRates: [Double], world: any World) throws -> StepResult {
    guard let step = openStep else { preconditionFailure("step: no batch was accumulated") }
    openStep = nil
    let gradients = try averaged(step.gradients, over: world)
    let (clipped, norm) = clipped(gradients, maximumNorm: gradientClipNorm)
    let isFinite = step.notFinite == nil && step.loss.total.isFinite && norm.isFinite
    if try world.any(!isFinite) {
      let tensor =
        isFinite
        ? otherRank
        : step.notFinite
          ?? LeRobotCore.firstNotFinite(gradients: byName(gradients), isFinite: { $0.isFinite })
      throw TrainingError.notFinite(tensor: tensor)
    }
    let sums = try added(step.sums, over: world)
    optimizer.step(clipped, learningRates: learningRates)
    policy.afterStep(sums)
    var result = StepResult(step.loss, gradientNorm: norm)
    result.crops = step.crops
    return result
  }

  package func loss(of batch: Batch) throws -> LossRecord {
    try random.preservingState { policy.loss(inputs(batch), .evaluate(random)).record }
  }

  /// The mean of each gradient over all ranks. One that came on some ranks only is 0 on the others.
  private func averaged(_ gradients: [Tensor?], over world: any World) throws -> [Tensor?] {
    guard world.size > 1 else { return gradients }
    let isPresent = try world.any(gradients.map { $0 != nil })
    let exchanged = ExchangedGradients(
      zip(isPresent, zip(gradients, optimizer.parameters)).compactMap { isPresent, own in
        isPresent ? own.0 ?? .zeros(own.1.value.shape) : nil
      })
    try world.average(exchanged)
    var rest = exchanged.gradients[...]
    return isPresent.map { $0 ? rest.popFirst() : nil }
  }

  /// What the policy takes in after a step, added up over all ranks.
  private func added(_ sums: [Tensor], over world: any World) throws -> [Tensor] {
    guard world.size > 1 else { return sums }
    return try sums.map { sum in
      Tensor(try world.mean(sum.elements), shape: sum.shape) * Double(world.size)
    }
  }

  /// The first tensor with a NaN or an infinity, in the order in which they are computed.
  private func firstNotFinite(
    _ inputs: [String: Tensor], _ loss: PolicyLoss, _ gradients: [Tensor?]
  ) -> String {
    LeRobotCore.firstNotFinite(
      inputs: policy.batchKeys.compactMap { key in inputs[key].map { (key, $0) } },
      weights: parameters.mapValues(\.value), parts: loss.parts, loss: loss.total.value,
      gradients: byName(gradients), isFinite: { $0.isFinite })
  }

  /// Gradients by the names of their parameters.
  private func byName(_ gradients: [Tensor?]) -> [(name: String, tensor: Tensor)] {
    let names = Dictionary(
      uniqueKeysWithValues: parameters.map { (ObjectIdentifier($0.value), $0.key) })
    return zip(optimizer.parameters, gradients).compactMap { parameter, gradient in
      gradient.map { (names[ObjectIdentifier(parameter)] ?? "a parameter", $0) }
    }
  }
}

extension PolicyLoss {
  /// The numbers alone.
  fileprivate var record: LossRecord {
    LossRecord(total: total.value.scalar, parts: parts.mapValues(\.scalar))
  }
}

/// The gradients of a step while ranks exchange them.
private final class ExchangedGradients: GradientVectors {
  private(set) var gradients: [Tensor]

  init(_ gradients: [Tensor]) { self.gradients = gradients }

  func values() -> [[Double]] { gradients.map(\.elements) }
  func replace(with values: [[Double]]) {
    gradients = zip(values, gradients).map { Tensor($0, shape: $1.shape) }
  }
}

import LeRobotCore

/// A policy with its optimizer, trained in plain Swift.
package final class PolicyLearner: Learner {
  /// The policy that learns.
  package let policy: any Policy
  let optimizer: Optimizer
  let gradientClipNorm: Double
  let random: any RandomSource
  let parameters: NamedParameters
  private let momentCount: Int
  /// The moving average of the weights; nil where none is kept.
  var weightAverage: WeightAverage?
  /// The batches accumulated since the last step; nil before the first.
  var openStep: OpenStep?

  /// - Parameters:
  ///   - groups: the parameters to train; they must be the policy's.
  ///   - random: draws dropout masks, noise and crops.
  package init(
    policy: any Policy, groups: [ParameterGroup<Parameter>], optimizer config: OptimizerConfig,
    random: any RandomSource
  ) {
    self.policy = policy
    self.random = random
    parameters = policy.parameters
    optimizer = Optimizer(groups: groups, config)
    gradientClipNorm = config.gradientClipNorm
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
    let size = MemoryLayout<Double>.size
    var memory = LearnerMemory(
      weights: parameters.values.reduce(0) { $0 + $1.value.count * size },
      trained: parameterCounts.learnable * size, momentCount: momentCount)
    if weightAverage != nil { memory.average = memory.weights }
    return memory
  }

  package var parameterGroupNames: [String] { optimizer.groups.map(\.name) }
  package var parameterGroupOptions: [GroupOptions] { optimizer.groups.map(\.ownOptions) }
  package var initialLearningRates: [Double] { optimizer.initialLearningRates }

  /// What the policy reads of a batch; bytes become 0…1.
  package func inputs(_ batch: Batch) -> [String: Tensor] { batch.inputs(policy.batchKeys) }

  package func weights() throws -> NamedTensors { parameters.mapValues(\.stored) }

  package var weightNames: [String] { Array(parameters.keys) }

  package func load(_ tensor: HostTensor, named name: String) throws {
    guard let parameter = parameters[name], tensor.shape == parameter.value.shape else {
      throw ReferenceError.wrongShape(
        tensor: name, expected: parameters[name]?.value.shape ?? [], found: tensor.shape)
    }
    parameter.load(tensor)
  }

  package func optimizerState() throws -> OptimizerState { optimizer.state() }
  package func loadOptimizer(_ saved: SavedOptimizer) throws { try optimizer.load(saved) }

  package func unroundedState() throws -> NamedTensors {
    var state: NamedTensors = [:]
    for (name, parameter) in parameters where parameter.role.moves || parameter.isRounded {
      state["weights/\(name)"] = parameter.value.float64
    }
    for (name, tensor) in optimizer.tensors { state["optimizer/\(name)"] = tensor.float64 }
    for name in parameters.keys {
      if let average = weightAverage?[name] { state["average/\(name)"] = average.float64 }
    }
    return state
  }

  package func loadUnroundedState(_ state: NamedTensors) throws {
    for (name, parameter) in parameters {
      guard let exact = state["weights/\(name)"].map({ Tensor($0) }) else { continue }
      if exact.float32 == parameter.value.float32 { parameter.value = exact }
    }
    for name in parameters.keys {
      guard let exact = state["average/\(name)"].map({ Tensor($0) }) else { continue }
      if exact.float32 == weightAverage?[name]?.float32 { weightAverage?[name] = exact }
    }
    optimizer.refine { state["optimizer/\($0)"].map { Tensor($0) } }
  }

  package func selectAction(_ observation: Batch) throws -> HostTensor {
    policy.selectAction(inputs(observation), .evaluate(random)).float32
  }

  package func predictActionChunk(_ samples: Batch) throws -> HostTensor {
    policy.reset()
    return policy.predictActionChunk(inputs(samples), .evaluate(random)).float32
  }

  package func reset() { policy.reset() }
  package func resume(afterSteps count: Int) { policy.resume(afterSteps: count) }
  package var stepsWithoutPictures: Int { policy.stepsWithoutPictures }
  package var warnings: PolicyWarnings { policy.warnings }
}

extension Batch {
  /// The tensors under some keys, as far as they are there; bytes become 0…1.
  package func inputs(_ keys: [String]) -> [String: Tensor] {
    Dictionary(
      uniqueKeysWithValues: keys.compactMap { key in self[key].map { (key, Tensor($0)) } })
  }
}

extension Parameter {
  /// Whether a buffer has digits that a checkpoint does not hold.
  fileprivate var isRounded: Bool {
    role == .buffer && value.elements.contains { Double(Float($0)) != $0 }
  }
}

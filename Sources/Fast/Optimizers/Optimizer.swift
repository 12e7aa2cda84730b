import LeRobotCore
import OrderedCollections

/// What an optimizer remembers of one parameter, under torch's names.
package struct ParameterState {
  /// Steps taken; kept on the host, where it is needed.
  var step = 0.0
  /// Moments or momentum, changed in place.
  var tensors: OrderedDictionary<String, Tensor> = [:]

  /// The tensor of that name, zeros at first.
  mutating func moment(_ name: String, like parameter: Tensor) -> Tensor {
    if let found = tensors[name] { return found }
    let zeros = parameter.zeros()
    tensors[name] = zeros
    return zeros
  }
}

/// A parameter in a step: its elements, which have a gradient, and what is remembered of it.
package struct ParameterUpdate {
  /// θ, changed in place.
  let parameter: Tensor
  /// Empty before the first step.
  var state: ParameterState

  /// g = ∂loss/∂θ, the shape of θ.
  var gradient: Tensor {
    guard let gradient = parameter.gradient else {
      FatalFailure.inconsistent("a parameter of shape \(parameter.shape) without a gradient").end()
    }
    return gradient
  }
}

/// How the parameters of a group move in one step.
package protocol UpdateRule: Sendable {
  /// The learning rate unless the parameter group has its own.
  var learningRate: Double { get }

  /// Whether `step` counts in what torch saves.
  var countsSteps: Bool { get }

  /// Moves the parameters in place, all at once where a kernel takes them so.
  ///
  /// - Parameters:
  ///   - updates: those of a group that have a gradient.
  ///   - learningRate: η.
  func step(_ updates: inout [ParameterUpdate], learningRate η: Double)
}

/// An update rule per parameter group, and what it remembers of each parameter.
package final class Optimizer {
  /// The parameters, in groups.
  package let groups: [ParameterGroup<Parameter>]
  /// All parameters, counted in group order.
  package let parameters: [Parameter]
  /// Which of `parameters` are each group's.
  private let ranges: [Range<Int>]
  private let config: OptimizerConfig
  private var rules: [any UpdateRule]
  private var states: [Int: ParameterState] = [:]

  /// The optimizer a configuration names, over the given groups.
  package init(groups: [ParameterGroup<Parameter>], _ config: OptimizerConfig) {
    self.groups = groups
    self.config = config
    rules = groups.map { makeRule(config.withOptions(of: $0), group: $0.name) }
    parameters = groups.flatMap(\.parameters)
    ranges = groups.ranges()
  }

  /// The learning rate each group starts from.
  package var initialLearningRates: [Double] {
    zip(groups, rules).map { $0.learningRate ?? $1.learningRate }
  }

  /// Moves every parameter that has a gradient.
  ///
  /// - Parameter learningRates: one per group.
  package func step(learningRates: [Double]) {
    require(
      learningRates.count == groups.count, "Optimizer: \(learningRates.count) learning rates")
    Torch.withoutGradients {
      for group in groups.indices { step(group, learningRate: learningRates[group]) }
    }
  }

  private func step(_ group: Int, learningRate: Double) {
    let moving = ranges[group].filter { parameters[$0].value.hasGradient }
    guard !moving.isEmpty else { return }
    var updates = moving.map { index in
      ParameterUpdate(
        parameter: parameters[index].value, state: states[index] ?? ParameterState())
    }
    rules[group].step(&updates, learningRate: learningRate)
    for (index, update) in zip(moving, updates) {
      let isEmpty = update.state.tensors.isEmpty && !rules[group].countsSteps
      states[index] = isEmpty ? nil : update.state
    }
  }

  /// Everything remembered, as torch's `state_dict()` has it.
  package func state() throws(TorchError) -> OptimizerState {
    OptimizerState(
      slots: try memory.slots { (_, _, tensor) throws(TorchError) in try tensor.host() },
      groups: memory.groups.map(Array.init))
  }

  /// Everything remembered, not yet copied.
  var memory: OptimizerMemory {
    OptimizerMemory(states: states, countsSteps: rules.map(\.countsSteps), groups: ranges)
  }

  /// Goes on from a saved state, with the options its groups were saved with.
  ///
  /// - Throws: when the state is of other parameters, or its copy to the device fails.
  package func load(_ saved: SavedOptimizer) throws {
    try saved.state.check(
      parameterCounts: groups.map(\.parameters.count), shapes: parameters.map(\.value.shape))
    var loaded: [Int: ParameterState] = [:]
    for (index, slot) in saved.state.slots { loaded[index] = try restored(slot, index) }
    states = loaded
    rules = zip(groups, saved.options).map { group, options in
      makeRule(config.restored(from: options), group: group.name)
    }
  }

  private func restored(
    _ slot: NamedTensors, _ index: Int
  ) throws(TorchError) -> ParameterState {
    let parameter = parameters[index].value
    var state = ParameterState()
    for (name, host) in slot {
      if name == "step" {
        state.step = host.doubles.first ?? 0
      } else {
        let tensor = parameter.zeros()
        try tensor.assign(host)
        host.buffer.release()
        state.tensors[name] = tensor
      }
    }
    return state
  }
}

/// What an optimizer remembers, with the tensors themselves.
struct OptimizerMemory {
  let states: [Int: ParameterState]
  /// Of each group.
  let countsSteps: [Bool]
  /// The numbers of each group's parameters.
  let groups: [Range<Int>]

  /// What is remembered of each parameter, every tensor as `host` gives it.
  ///
  /// - Parameter host: takes the parameter's number, the name of what is remembered, and the tensor.
  func slots<Failure: Error>(
    _ host: (Int, String, Tensor) throws(Failure) -> HostTensor
  ) throws(Failure) -> [Int: NamedTensors] {
    var slots: [Int: NamedTensors] = [:]
    for (range, countsSteps) in zip(groups, countsSteps) {
      for index in range {
        guard let state = states[index] else { continue }
        var slot: NamedTensors = [:]
        if countsSteps { slot["step"] = HostTensor([Float(state.step)], shape: []) }
        for (name, tensor) in state.tensors { slot[name] = try host(index, name, tensor) }
        slots[index] = slot
      }
    }
    return slots
  }
}

/// The rule a configuration means for a group.
private func makeRule(_ config: OptimizerConfig, group: String) -> any UpdateRule {
  switch config.rule(of: group) {
  case .adam(let options): Adam(options)
  case .adamW(let options): AdamW(options)
  case .sgd(let options): SGD(options)
  }
}

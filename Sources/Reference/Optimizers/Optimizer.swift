import LeRobotCore
import OrderedCollections

/// What an optimizer remembers of one parameter, under torch's names.
package struct ParameterState {
  /// Steps taken.
  var step = 0.0
  /// Moments or momentum.
  var tensors: OrderedDictionary<String, Tensor> = [:]

  /// The tensor of that name, zeros at first.
  func moment(_ name: String, like parameter: Tensor) -> Tensor {
    tensors[name] ?? .zeros(parameter.shape)
  }
}

/// A parameter in a step: its elements, its gradient, and what is remembered of it.
package struct ParameterUpdate {
  /// θ.
  var parameter: Tensor
  /// Empty before the first step.
  var state: ParameterState
  /// g = ∂loss/∂θ, the shape of θ.
  let gradient: Tensor
}

/// How the parameters of a group move in one step.
package protocol UpdateRule: Sendable {
  /// The learning rate unless the parameter group has its own.
  var learningRate: Double { get }

  /// Whether `step` counts in what torch saves.
  var countsSteps: Bool { get }

  /// Moves the parameters.
  ///
  /// - Parameters:
  ///   - updates: those of a group that have a gradient.
  ///   - learningRate: η.
  func step(_ updates: inout [ParameterUpdate], learningRate η: Double)
}

extension [ParameterUpdate] {
  /// Moves each parameter by a rule that gives its elements after the step.
  mutating func move(
    _ rule: (_ θ: Tensor, _ g: Tensor, _ state: inout ParameterState) -> Tensor
  ) {
    for index in indices {
      self[index].parameter = rule(
        self[index].parameter, self[index].gradient, &self[index].state)
    }
  }
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
  /// - Parameters:
  ///   - gradients: one per parameter, in group order.
  ///   - learningRates: one per group.
  package func step(_ gradients: [Tensor?], learningRates: [Double]) {
    precondition(
      gradients.count == parameters.count && learningRates.count == groups.count,
      "Optimizer: \(gradients.count) gradients, \(learningRates.count) learning rates")
    for group in groups.indices {
      step(group, gradients, learningRate: learningRates[group])
    }
  }

  private func step(_ group: Int, _ gradients: [Tensor?], learningRate: Double) {
    let moving = ranges[group].filter { gradients[$0] != nil }
    var updates = moving.compactMap { index in
      gradients[index].map { gradient in
        ParameterUpdate(
          parameter: parameters[index].value, state: states[index] ?? ParameterState(),
          gradient: gradient)
      }
    }
    rules[group].step(&updates, learningRate: learningRate)
    for (index, update) in zip(moving, updates) {
      parameters[index].value = update.parameter
      let isEmpty = update.state.tensors.isEmpty && !rules[group].countsSteps
      states[index] = isEmpty ? nil : update.state
    }
  }

  /// Everything remembered, as torch's `state_dict()` has it.
  package func state() -> OptimizerState {
    var slots: [Int: NamedTensors] = [:]
    for (index, slot) in remembered { slots[index] = slot.mapValues(\.float32) }
    return OptimizerState(slots: slots, groups: ranges.map(Array.init))
  }

  /// What is remembered of each parameter, under torch's names.
  private var remembered: [(index: Int, slot: OrderedDictionary<String, Tensor>)] {
    zip(ranges, rules).flatMap { range, rule in
      range.compactMap { index in
        states[index].map { state in
          let count: OrderedDictionary = rule.countsSteps ? ["step": Tensor(state.step)] : [:]
          return (index, count + state.tensors)
        }
      }
    }
  }

  /// Goes on from a saved state, with the options its groups were saved with.
  ///
  /// - Throws: when the state is of other parameters.
  package func load(_ saved: SavedOptimizer) throws(OptimizerStateError) {
    try saved.state.check(
      parameterCounts: groups.map(\.parameters.count), shapes: parameters.map(\.value.shape))
    states = saved.state.slots.mapValues(restored)
    rules = zip(groups, saved.options).map { group, options in
      makeRule(config.restored(from: options), group: group.name)
    }
  }

  private func restored(_ slot: NamedTensors) -> ParameterState {
    var state = ParameterState()
    for (name, host) in slot {
      if name == "step" {
        state.step = host.doubles.first ?? 0
      } else {
        state.tensors[name] = Tensor(host)
      }
    }
    return state
  }

  /// Everything remembered, by `parameter/name`, as it is and not rounded to float32.
  package var tensors: OrderedDictionary<String, Tensor> {
    var all: OrderedDictionary<String, Tensor> = [:]
    for (index, slot) in remembered {
      for (name, tensor) in slot { all["\(index)/\(name)"] = tensor }
    }
    return all
  }

  /// Replaces what is remembered by the value `exact` has for it, where that rounds to the same.
  package func refine(_ exact: (String) -> Tensor?) {
    for (index, state) in states {
      for (name, rounded) in state.tensors {
        guard let tensor = exact("\(index)/\(name)") else { continue }
        if tensor.float32 == rounded.float32 { states[index]?.tensors[name] = tensor }
      }
    }
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

import LeRobotCore
import OrderedCollections

/// What an optimizer remembers of one parameter, under torch's names.
package typealias ParameterState = OrderedDictionary<String, Tensor>

/// How one parameter moves in one step.
package protocol UpdateRule: Sendable {
  /// The learning rate unless the parameter group has its own.
  var learningRate: Double { get }

  /// The parameter after a step.
  ///
  /// - Parameters:
  ///   - θ: the parameter.
  ///   - g: ∂loss/∂θ, the shape of θ.
  ///   - state: empty before the first step.
  ///   - learningRate: η.
  func step(
    _ θ: Tensor, gradient g: Tensor, state: inout ParameterState, learningRate η: Double
  ) -> Tensor
}

/// An update rule per parameter group, and what it remembers of each parameter.
package final class Optimizer {
  /// The parameters, in groups.
  package let groups: [ParameterGroup<Parameter>]
  private let config: OptimizerConfig
  private var rules: [any UpdateRule]
  private var states: [Int: ParameterState] = [:]

  /// The optimizer a configuration names, over the given groups.
  package init(groups: [ParameterGroup<Parameter>], _ config: OptimizerConfig) {
    self.groups = groups
    self.config = config
    rules = groups.map { makeRule(config, group: $0.name) }
  }

  /// All parameters, counted in group order.
  package var parameters: [Parameter] { groups.flatMap(\.parameters) }

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
    var index = 0
    for (group, (rule, learningRate)) in zip(groups, zip(rules, learningRates)) {
      for parameter in group.parameters {
        defer { index += 1 }
        guard let gradient = gradients[index] else { continue }
        var state = states[index] ?? [:]
        parameter.value = rule.step(
          parameter.value, gradient: gradient, state: &state, learningRate: learningRate)
        states[index] = state.isEmpty ? nil : state
      }
    }
  }

  /// Everything remembered, as torch's `state_dict()` has it.
  package var state: OptimizerState {
    var index = 0
    let counted = groups.map { group in
      defer { index += group.parameters.count }
      return Array(index..<index + group.parameters.count)
    }
    return OptimizerState(slots: states.mapValues { $0.mapValues(\.float32) }, groups: counted)
  }

  /// Goes on from a saved state, with the options its groups were saved with.
  ///
  /// - Throws: `ReferenceError.wrongOptimizerState` when it is of other parameters.
  package func load(_ saved: SavedOptimizer) throws(ReferenceError) {
    let state = saved.state
    guard state.groups.map(\.count) == groups.map(\.parameters.count) else {
      throw .wrongOptimizerState(
        "parameters per group are \(state.groups.map(\.count)), "
          + "this policy has \(groups.map(\.parameters.count))")
    }
    for (index, slot) in state.slots {
      guard parameters.indices.contains(index) else {
        throw .wrongOptimizerState("parameter \(index) of \(parameters.count)")
      }
      let shape = parameters[index].value.shape
      for (name, tensor) in slot where name != "step" && tensor.shape != shape {
        throw .wrongShape(
          tensor: "state/\(index)/\(name)", expected: shape, found: tensor.shape)
      }
    }
    states = state.slots.mapValues { $0.mapValues { Tensor($0) } }
    rules = zip(groups, saved.options).map { group, options in
      makeRule(config.restored(from: options), group: group.name)
    }
  }

  /// Everything remembered, by `parameter/name`, as it is and not rounded to float32.
  package var tensors: OrderedDictionary<String, Tensor> {
    var all: OrderedDictionary<String, Tensor> = [:]
    for (index, state) in states.sorted(by: { $0.key < $1.key }) {
      for (name, tensor) in state { all["\(index)/\(name)"] = tensor }
    }
    return all
  }

  /// Replaces what is remembered by the value `exact` has for it, where that rounds to the same.
  package func refine(_ exact: (String) -> Tensor?) {
    for (index, state) in states {
      for (name, rounded) in state {
        guard let tensor = exact("\(index)/\(name)") else { continue }
        if tensor.float32 == rounded.float32 { states[index]?[name] = tensor }
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

import OrderedCollections

/// One optimizer as a checkpoint holds it: torch's `state_dict()`
/// (LeRobot `optim/optimizers.py`, `save_optimizer_state`).
package struct SavedOptimizer: Sendable, Equatable {
  package var state: OptimizerState
  /// torch's options of each parameter group, in its order of keys, without `params`.
  package var options: [OrderedDictionary<String, JSONValue>]

  package init(state: OptimizerState, options: [OrderedDictionary<String, JSONValue>]) {
    self.state = state
    self.options = options
  }

  /// An optimizer's state with the options torch 2.7 would save.
  ///
  /// - Parameters:
  ///   - learningRates: of the next step, per group.
  ///   - initialLearningRates: per group, with a schedule; nil without one.
  ///   - overrides: options in which a group differs from the others, by torch's names.
  package init(
    _ config: OptimizerConfig, state: OptimizerState, learningRates: [Double],
    initialLearningRates: [Double]?, overrides: [OrderedDictionary<String, JSONValue>] = []
  ) {
    precondition(
      initialLearningRates.map { $0.count == learningRates.count } ?? true,
      "SavedOptimizer: \(learningRates.count) groups, initially \(initialLearningRates ?? [])")
    self.state = state
    options = learningRates.indices.map { group in
      var options = config.torchOptions(learningRate: learningRates[group])
      if group < overrides.count { options.merge(overrides[group]) { $1 } }
      if let initialLearningRates { options["initial_lr"] = .double(initialLearningRates[group]) }
      return options
    }
  }

  /// The learning rate of each group, as it was saved; a step goes on with these.
  package var learningRates: [Double?] { options.map { $0["lr"]?.doubleValue } }
}

extension OptimizerConfig {
  /// A parameter group's options in torch 2.7's order. LeRobot compares the names strictly when it
  /// loads.
  func torchOptions(learningRate: Double) -> OrderedDictionary<String, JSONValue> {
    switch self {
    case .adam(let options):
      Self.adamOptions(learningRate, options, decoupled: false)
    case .adamW(let options):
      Self.adamOptions(learningRate, options, decoupled: true)
    case .multiAdam(let options):
      Self.adamOptions(learningRate, options.shared, decoupled: false)
    case .sgd(let options):
      [
        "lr": .double(learningRate), "momentum": .double(options.momentum),
        "dampening": .double(options.dampening), "weight_decay": .double(options.weightDecay),
        "nesterov": .bool(options.nesterov), "maximize": false, "foreach": .null,
        "differentiable": false, "fused": .null,
      ]
    }
  }

  private static func adamOptions(
    _ learningRate: Double, _ options: AdamOptions, decoupled: Bool
  ) -> OrderedDictionary<String, JSONValue> {
    [
      "lr": .double(learningRate),
      "betas": .array([.double(options.beta1), .double(options.beta2)]),
      "eps": .double(options.epsilon), "weight_decay": .double(options.weightDecay),
      "amsgrad": false, "maximize": false, "foreach": .null, "capturable": false,
      "differentiable": false, "fused": .null, "decoupled_weight_decay": .bool(decoupled),
    ]
  }
}

extension MultiAdamOptions {
  /// What a group has unless it says otherwise (LeRobot's epsilon is 1e-5 here).
  fileprivate var shared: AdamOptions {
    var options = AdamOptions(weightDecay: weightDecay)
    options.learningRate = learningRate
    options.epsilon = 1e-5
    return options
  }
}

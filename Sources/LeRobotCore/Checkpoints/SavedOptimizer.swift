import OrderedCollections

/// A parameter group's options by torch's names, without `params`.
package typealias GroupOptions = OrderedDictionary<String, JSONValue>

/// One optimizer as a checkpoint holds it: torch's `state_dict()`
/// (LeRobot `optim/optimizers.py`, `save_optimizer_state`).
package struct SavedOptimizer: Sendable, Equatable {
  package var state: OptimizerState
  /// torch's options of each parameter group, in its order of keys, without `params`.
  package var options: [GroupOptions]

  package init(state: OptimizerState, options: [GroupOptions]) {
    self.state = state
    self.options = options
  }

  /// An optimizer's state with the options torch 2.7 would save.
  ///
  /// - Parameters:
  ///   - learningRates: of the next step, per group.
  ///   - initialLearningRates: per group, with a schedule; nil without one.
  ///   - ownOptions: per group, what it was made with instead of the configuration's; torch puts
  ///     those first.
  ///   - overrides: options, by torch's names, that a group has instead of these: those it was
  ///     saved with. They do not replace its learning rates.
  package init(
    _ config: OptimizerConfig, state: OptimizerState, learningRates: [Double],
    initialLearningRates: [Double]?, ownOptions: [GroupOptions] = [], overrides: [GroupOptions] = []
  ) {
    precondition(
      initialLearningRates.map { $0.count == learningRates.count } ?? true,
      "SavedOptimizer: \(learningRates.count) groups, initially \(initialLearningRates ?? [])")
    self.state = state
    options = learningRates.indices.map { group in
      var options = group < ownOptions.count ? ownOptions[group] : [:]
      options.merge(config.torchOptions(learningRate: learningRates[group])) { own, _ in own }
      if group < overrides.count {
        options.merge(overrides[group].filter { !Self.rates.contains($0.key) }) { $1 }
      }
      if let initialLearningRates { options["initial_lr"] = .double(initialLearningRates[group]) }
      return options
    }
  }

  private static let rates: Set = ["lr", "initial_lr"]

  /// The saved learning rate of each group; the next step uses it.
  package var learningRates: [Double?] { options.map { $0["lr"]?.doubleValue } }
}

extension OptimizerConfig {
  /// The optimizer with the options that a parameter group was saved with, by torch's names; what
  /// is not there stays as it is (torch `optim/optimizer.py`, `load_state_dict`).
  package func restored(from options: GroupOptions) -> OptimizerConfig {
    switch self {
    case .adam(let own): return .adam(own.restored(from: options))
    case .adamW(let own): return .adamW(own.restored(from: options))
    case .multiAdam(let own): return .adam(own.shared.restored(from: options))
    case .sgd(var own):
      options["lr"]?.doubleValue.map { own.learningRate = $0 }
      options["momentum"]?.doubleValue.map { own.momentum = $0 }
      options["dampening"]?.doubleValue.map { own.dampening = $0 }
      options["weight_decay"]?.doubleValue.map { own.weightDecay = $0 }
      if case .bool(let nesterov)? = options["nesterov"] { own.nesterov = nesterov }
      return .sgd(own)
    }
  }

  /// A parameter group's options in torch 2.7's order. LeRobot compares the names strictly when it
  /// loads.
  func torchOptions(learningRate: Double) -> GroupOptions {
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
  ) -> GroupOptions {
    [
      "lr": .double(learningRate),
      "betas": .array([.double(options.beta1), .double(options.beta2)]),
      "eps": .double(options.epsilon), "weight_decay": .double(options.weightDecay),
      "amsgrad": false, "maximize": false, "foreach": .null, "capturable": false,
      "differentiable": false, "fused": .null, "decoupled_weight_decay": .bool(decoupled),
    ]
  }
}

extension AdamOptions {
  fileprivate func restored(from options: GroupOptions) -> AdamOptions {
    var own = self
    options["lr"]?.doubleValue.map { own.learningRate = $0 }
    options["eps"]?.doubleValue.map { own.epsilon = $0 }
    options["weight_decay"]?.doubleValue.map { own.weightDecay = $0 }
    let betas = options["betas"]?.arrayValue?.compactMap(\.doubleValue) ?? []
    if betas.count == 2 { (own.beta1, own.beta2) = (betas[0], betas[1]) }
    return own
  }
}

extension MultiAdamOptions {
  /// [multi-adam]  A group's own options over the common ones.
  ///
  /// LeRobot `optim/optimizers.py`, `MultiAdamConfig.build`.
  package func options(of group: String) -> AdamOptions {
    shared.restored(from: groups[group] ?? [:])
  }

  /// What a group has unless it says otherwise (LeRobot's epsilon is 1e-5 here).
  fileprivate var shared: AdamOptions {
    var options = AdamOptions(weightDecay: weightDecay)
    options.learningRate = learningRate
    options.epsilon = 1e-5
    return options
  }
}

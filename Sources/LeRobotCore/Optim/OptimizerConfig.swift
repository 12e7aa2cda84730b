import OrderedCollections

/// An optimizer and its options (LeRobot `optim/optimizers.py`).
package enum OptimizerConfig: Sendable, Equatable {
  case adam(AdamOptions)
  case adamW(AdamOptions)
  case sgd(SGDOptions)
  case multiAdam(MultiAdamOptions)

  /// LeRobot's name, as `--optimizer.type` takes it.
  package var type: String {
    switch self {
    case .adam: "adam"
    case .adamW: "adamw"
    case .sgd: "sgd"
    case .multiAdam: "multi_adam"
    }
  }

  /// The rate of parameter groups that name none of their own.
  package var learningRate: Double {
    switch self {
    case .adam(let options), .adamW(let options): options.learningRate
    case .sgd(let options): options.learningRate
    case .multiAdam(let options): options.learningRate
    }
  }

  /// Bound on the norm of all gradients together; 0 does not clip.
  package var gradientClipNorm: Double {
    switch self {
    case .adam(let options), .adamW(let options): options.gradientClipNorm
    case .sgd(let options): options.gradientClipNorm
    case .multiAdam(let options): options.gradientClipNorm
    }
  }
}

/// How the parameters of one group are updated.
package enum UpdateRuleOptions: Sendable, Equatable {
  case adam(AdamOptions)
  case adamW(AdamOptions)
  case sgd(SGDOptions)
}

extension OptimizerConfig {
  /// The optimizer with the options that a parameter group has of its own.
  package func withOptions<Parameter>(of group: ParameterGroup<Parameter>) -> OptimizerConfig {
    group.ownOptions.isEmpty ? self : restored(from: group.ownOptions)
  }

  /// The rule that the configuration means for a parameter group.
  package func rule(of group: String) -> UpdateRuleOptions {
    switch self {
    case .adam(let options): .adam(options)
    case .adamW(let options): .adamW(options)
    case .sgd(let options): .sgd(options)
    case .multiAdam(let options): .adam(options.options(of: group))
    }
  }
}

extension OptimizerConfig: ConfigValue {
  package static var choiceType: ChoiceType {
    ChoiceType(
      name: "optimizer", defaultCase: "adam",
      cases: [
        .init(name: "adam", record: AdamOptions.recordType(AdamOptions(weightDecay: 0))),
        .init(name: "adamw", record: AdamOptions.recordType(AdamOptions(weightDecay: 0.01))),
        .init(name: "sgd", record: SGDOptions.recordType),
        .init(name: "multi_adam", record: MultiAdamOptions.recordType),
      ])
  }

  package static var valueType: ValueType { .choice(choiceType) }

  package init?(canonical json: JSONValue) {
    let config: OptimizerConfig? =
      switch json["type"]?.stringValue {
      case "adam": AdamOptions(canonical: json).map { .adam($0) }
      case "adamw": AdamOptions(canonical: json).map { .adamW($0) }
      case "sgd": SGDOptions(canonical: json).map { .sgd($0) }
      case "multi_adam": MultiAdamOptions(canonical: json).map { .multiAdam($0) }
      default: nil
      }
    guard let config else { return nil }
    self = config
  }

  package var json: JSONValue {
    switch self {
    case .adam(let options), .adamW(let options): options.json.tagged(type)
    case .sgd(let options): options.json.tagged(type)
    case .multiAdam(let options): options.json.tagged(type)
    }
  }
}

/// Options of Adam and AdamW; the default weight decay differs (0 and 0.01).
package struct AdamOptions: ConfigRecord {
  package var learningRate = 1e-3
  package var betas = AdamBetas(0.9, 0.999)
  package var epsilon = 1e-8
  package var weightDecay: Double
  package var gradientClip: PythonNumber = 10.0

  package init() {
    self.init(weightDecay: 0)
  }

  package init(weightDecay: Double) {
    self.weightDecay = weightDecay
  }

  /// Decay of the first moment.
  package var beta1: Double {
    get { betas.first.value }
    set { betas.first = PythonNumber(newValue) }
  }

  /// Decay of the second moment.
  package var beta2: Double {
    get { betas.second.value }
    set { betas.second = PythonNumber(newValue) }
  }

  /// Bound on the norm of all gradients together; 0 does not clip.
  package var gradientClipNorm: Double {
    get { gradientClip.value }
    set { gradientClip = PythonNumber(newValue) }
  }

  package static let fields: [Field<Self>] = [
    Field("lr", \.learningRate, "Learning rate."),
    Field("weight_decay", \.weightDecay, "Weight decay."),
    Field("grad_clip_norm", \.gradientClip, "Bound on the gradient's norm; 0 does not clip."),
    Field("betas", \.betas, "Decay rates of the two moments."),
    Field("eps", \.epsilon, "Added to the denominator."),
  ]
}

/// Options of stochastic gradient descent.
package struct SGDOptions: ConfigRecord {
  package var learningRate = 1e-3
  package var momentum = 0.0
  package var dampening = 0.0
  package var nesterov = false
  package var weightDecay = 0.0
  package var gradientClipNorm = 10.0

  package init() {}

  package static let fields: [Field<Self>] = [
    Field("lr", \.learningRate, "Learning rate."),
    Field("weight_decay", \.weightDecay, "Weight decay."),
    Field("grad_clip_norm", \.gradientClipNorm, "Bound on the gradient's norm; 0 does not clip."),
    Field("momentum", \.momentum, "Momentum."),
    Field("dampening", \.dampening, "Dampening of the momentum."),
    Field("nesterov", \.nesterov, "Uses Nesterov's momentum."),
  ]
}

/// Options of several Adams, one per named parameter group.
package struct MultiAdamOptions: ConfigRecord {
  package var learningRate = 1e-3
  package var weightDecay = 0.0
  package var gradientClipNorm = 10.0
  /// Overrides per group: `lr`, `betas`, `eps`, `weight_decay`.
  package var groups: OrderedDictionary<String, OrderedDictionary<String, JSONValue>> = [:]

  package init() {}

  package static let fields: [Field<Self>] = [
    Field("lr", \.learningRate, "Learning rate of groups that name none."),
    Field("weight_decay", \.weightDecay, "Weight decay of groups that name none."),
    Field("grad_clip_norm", \.gradientClipNorm, "Bound on the gradient's norm; 0 does not clip."),
    Field("optimizer_groups", \.groups, "Options of each group: lr, betas, eps, weight_decay."),
  ]
}

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
}

/// Options of Adam and AdamW; the default weight decay differs (0 and 0.01).
package struct AdamOptions: Sendable, Equatable {
  package var learningRate = 1e-3
  package var beta1 = 0.9
  package var beta2 = 0.999
  package var epsilon = 1e-8
  package var weightDecay: Double
  package var gradientClipNorm = 10.0

  package init(weightDecay: Double) {
    self.weightDecay = weightDecay
  }
}

/// Options of stochastic gradient descent.
package struct SGDOptions: Sendable, Equatable {
  package var learningRate = 1e-3
  package var momentum = 0.0
  package var dampening = 0.0
  package var nesterov = false
  package var weightDecay = 0.0
  package var gradientClipNorm = 10.0

  package init() {}
}

/// Options of several Adams, one per named parameter group.
package struct MultiAdamOptions: Sendable, Equatable {
  package var learningRate = 1e-3
  package var weightDecay = 0.0
  package var gradientClipNorm = 10.0
  /// Overrides per group: `lr`, `betas`, `eps`, `weight_decay`.
  package var groups: OrderedDictionary<String, OrderedDictionary<String, JSONValue>> = [:]

  package init() {}
}

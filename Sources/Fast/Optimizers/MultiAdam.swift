import LeRobotCore

/// [multi-adam]
func multiAdamRule(_ options: MultiAdamOptions, group: String) -> Adam {
  let own = options.groups[group] ?? [:]
  let betas = own["betas"]?.numbers ?? [0.9, 0.999]
  var merged = AdamOptions(weightDecay: own["weight_decay"]?.number ?? options.weightDecay)
  merged.learningRate = own["lr"]?.number ?? options.learningRate
  merged.beta1 = betas[0]
  merged.beta2 = betas[1]
  merged.epsilon = own["eps"]?.number ?? 1e-5
  return Adam(merged)
}

extension JSONValue {
  /// The value as a Double, where it is a number.
  fileprivate var number: Double? {
    switch self {
    case .int(let value): Double(value)
    case .double(let value): value
    default: nil
    }
  }

  /// The value as two or more Doubles, where it is such a list.
  fileprivate var numbers: [Double]? {
    guard case .array(let values) = self, values.count >= 2 else { return nil }
    let numbers = values.compactMap(\.number)
    return numbers.count == values.count ? numbers : nil
  }
}

import OrderedCollections

/// Parameters that share a learning rate and a weight decay.
package struct ParameterGroup<Parameter> {
  /// Names the group for optimizers with options per group ([multi-adam]).
  package let name: String
  /// In the order in which torch counts them.
  package let parameters: [Parameter]
  /// The group's own learning rate; nil takes the optimizer's.
  package let learningRate: Double?
  /// The group's own weight decay; nil takes the optimizer's.
  package let weightDecay: Double?

  package init(
    name: String, parameters: [Parameter], learningRate: Double? = nil, weightDecay: Double? = nil
  ) {
    self.name = name
    self.parameters = parameters
    self.learningRate = learningRate
    self.weightDecay = weightDecay
  }

  /// The options, by torch's names, that the group has instead of the optimizer's, but for its
  /// learning rate, in the order in which LeRobot gives them.
  package var ownOptions: GroupOptions { weightDecay.map { ["weight_decay": .double($0)] } ?? [:] }

  /// All parameters with the optimizer's learning rate.
  package static func single(_ parameters: OrderedDictionary<String, Parameter>) -> [Self] {
    [Self(name: "default", parameters: Array(parameters.values))]
  }
}

extension Array {
  /// The numbers of each group's parameters, counted over all groups in order, as torch does.
  package func ranges<Parameter>() -> [Range<Int>] where Element == ParameterGroup<Parameter> {
    reduce(into: []) { ranges, group in
      let start = ranges.last?.upperBound ?? 0
      ranges.append(start..<start + group.parameters.count)
    }
  }
}

import OrderedCollections

/// Between the one optimizer a learner has and those of a checkpoint.
///
/// LeRobot saves `multi_adam` as an optimizer for each parameter group, in a folder of the group's
/// name and with parameters counted from 0 in each; every other optimizer is one, under "".
extension SavedOptimizer {
  /// The optimizers of a checkpoint, as LeRobot 0.4.2 would save them.
  ///
  /// - Parameters:
  ///   - state: over all groups.
  ///   - learningRates: of the next step, per group.
  ///   - initialLearningRates: per group, with a schedule; nil without one.
  ///   - ownOptions: what each group was made with instead of the configuration's.
  ///   - saved: the options a resumed run went on from, per group; they go on too.
  package static func split(
    _ config: OptimizerConfig, state: OptimizerState, groupNames: [String],
    learningRates: [Double], initialLearningRates: [Double]?, ownOptions: [GroupOptions] = [],
    saved: [GroupOptions] = []
  ) -> OrderedDictionary<String, SavedOptimizer> {
    guard case .multiAdam(let options) = config else {
      let only = SavedOptimizer(
        config, state: state, learningRates: learningRates,
        initialLearningRates: initialLearningRates, ownOptions: ownOptions, overrides: saved)
      return ["": only]
    }
    var optimizers: OrderedDictionary<String, SavedOptimizer> = [:]
    for (group, name) in groupNames.enumerated() {
      optimizers[name] = SavedOptimizer(
        config, state: state.part(group), learningRates: [learningRates[group]],
        initialLearningRates: initialLearningRates.map { [$0[group]] },
        overrides: [saved.isEmpty ? options.groups[name] ?? [:] : saved[group]])
    }
    return optimizers
  }

  /// One optimizer over all parameter groups again; nil where a checkpoint holds none.
  package static func joined(
    _ optimizers: OrderedDictionary<String, SavedOptimizer>, groupNames: [String]
  ) -> SavedOptimizer? {
    if optimizers.isEmpty { return nil }
    if let only = optimizers[""] { return only }
    var joined = SavedOptimizer(state: OptimizerState(slots: [:], groups: []), options: [])
    for part in groupNames.compactMap({ optimizers[$0] }) {
      joined.state.append(part.state)
      joined.options += part.options
    }
    return joined
  }
}

extension OptimizerState {
  /// What is remembered of one group, its parameters counted from 0.
  fileprivate func part(_ group: Int) -> OptimizerState {
    let parameters = groups[group]
    let first = parameters.first ?? 0
    let own = slots.filter { parameters.contains($0.key) }
    return OptimizerState(
      slots: Dictionary(uniqueKeysWithValues: own.map { ($0.key - first, $0.value) }),
      groups: [parameters.map { $0 - first }])
  }

  /// Adds the groups of another optimizer, counting its parameters on.
  fileprivate mutating func append(_ other: OptimizerState) {
    let count = groups.joined().count
    for (index, slot) in other.slots { slots[count + index] = slot }
    groups += other.groups.map { $0.map { count + $0 } }
  }
}

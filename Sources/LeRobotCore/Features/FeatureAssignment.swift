import OrderedCollections

extension PolicyCommon {
  /// Fills in the features that the configuration does not name: every action of the dataset is an
  /// output, every other feature an input (LeRobot `policies/factory.py`, `make_policy`).
  mutating func takeFeatures(from dataset: OrderedDictionary<String, PolicyFeature>) {
    if outputFeatures.isEmpty { outputFeatures = dataset.filter { $0.value.type == .action } }
    if inputFeatures.isEmpty {
      inputFeatures = dataset.filter { outputFeatures[$0.key] == nil }
    }
  }
}

extension PolicyConfig {
  /// The policy with all its features, once it is certain that it can be built and trained on a
  /// dataset: the one place where the two are held against each other.
  ///
  /// - Parameters:
  ///   - dataset: the dataset's features under its own names.
  ///   - renameMap: from the dataset's names to the policy's; a policy without weights to start
  ///     from takes the dataset's names as they are (Q-CONFIG-4).
  /// - Throws: `FeatureError`, before anything is computed.
  package func fitted(
    to dataset: OrderedDictionary<String, PolicyFeature>,
    renameMap: OrderedDictionary<String, String> = [:]
  ) throws(FeatureError) -> PolicyConfig {
    var policy = self
    policy.common.takeFeatures(from: dataset)
    try FeatureMatch(
      policy: policy.common, dataset: dataset,
      renameMap: common.pretrainedPath == nil ? [:] : renameMap
    ).validate()
    if let problem = policy.value.completeFeatures().first {
      throw .policy(PolicyConfigError(problem))
    }
    do throws(PolicyConfigError) {
      try policy.value.checkFeatures()
    } catch {
      throw .policy(error)
    }
    return policy
  }
}

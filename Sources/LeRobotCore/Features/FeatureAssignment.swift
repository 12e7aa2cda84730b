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
  ///   - renameMap: from the dataset's names to the policy's.
  ///   - others: names of the dataset that stand for no policy feature, for hints.
  /// - Throws: `FeatureError`, before anything is computed.
  package func fitted(
    to dataset: OrderedDictionary<String, PolicyFeature>,
    renameMap: OrderedDictionary<String, String> = [:], others: [String] = []
  ) throws(FeatureError) -> PolicyConfig {
    var policy = self
    policy.common.takeFeatures(from: dataset.renamed(renameMap))
    let match = FeatureMatch(policy: policy.common, dataset: dataset, renameMap: renameMap)
    // A new policy leaves out the cameras that its configuration does not name.
    try match.validate(allowsUnusedCameras: common.pretrainedPath == nil)
    try policy.checkNames(others)
    if let problem = policy.value.completeFeatures().first {
      throw .policy(PolicyConfigError(problem))
    }
    try policy.checkShapes()
    do throws(PolicyConfigError) {
      try policy.value.checkFeatures()
    } catch {
      throw .policy(error)
    }
    return policy
  }

  /// Whether what the policy computes with has the names that LeRobot's policies look for.
  private func checkNames(_ others: [String]) throws(FeatureError) {
    let cameras = common.imageFeatures.keys.filter { !$0.hasPrefix("observation.") }
    let actions = common.outputFeatures.filter { $0.value.type == .action }.keys
    let isActionMissing = common.outputFeatures["action"] == nil
    guard isActionMissing || !cameras.isEmpty else { return }
    let foreign = (isActionMissing ? Array(actions) : []) + cameras
    let names = FeatureNames.suggestions(for: foreign + others)
    if names.isEmpty { throw .noAction }
    throw .foreignNames(Array(names.keys), renameMap: names)
  }

  /// Whether what the policy computes with is pictures of three channels, and vectors.
  private func checkShapes() throws(FeatureError) {
    let features = common.inputFeatures.merging(common.outputFeatures) { $1 }
    let read = value.readFeatures
    for (name, feature) in features where read.contains(name) {
      switch feature.type {
      case .visual:
        guard feature.shape.count == 3, feature.shape[0] == 3, feature.shape[1] > 0,
          feature.shape[2] > 0
        else {
          throw .notPicture(feature: name, shape: feature.shape, cameras: pictures(features))
        }
      case .state, .environment, .action:
        guard feature.shape.count == 1, feature.shape[0] > 0 else {
          throw .notVector(feature: name, shape: feature.shape)
        }
      case .reward, .language: continue
      }
    }
  }

  /// The cameras that a policy can take.
  private func pictures(_ features: OrderedDictionary<String, PolicyFeature>) -> [String] {
    features.filter { $0.value.type == .visual && $0.value.shape.first == 3 }.map(\.key)
  }
}

extension OrderedDictionary<String, PolicyFeature> {
  /// Under the names that a map gives them.
  package func renamed(_ names: OrderedDictionary<String, String>) -> Self {
    Self(map { (names[$0.key] ?? $0.key, $0.value) }, uniquingKeysWith: { $1 })
  }
}

import OrderedCollections

extension PolicyCommon {
  /// Fills in what the configuration leaves open: every action of the dataset is an output, every
  /// other feature an input (LeRobot `policies/factory.py`, `make_policy`).
  package mutating func takeFeatures(from dataset: OrderedDictionary<String, PolicyFeature>) {
    if outputFeatures.isEmpty { outputFeatures = dataset.filter { $0.value.type == .action } }
    if inputFeatures.isEmpty {
      inputFeatures = dataset.filter { outputFeatures[$0.key] == nil }
    }
  }
}

import OrderedCollections

/// What a run uses of a dataset, under the dataset's names.
package struct FeatureUse: Sendable, Equatable {
  /// Features that the policy computes with: the dataset must have them, whole.
  package var read: Set<String> = []
  /// Observations and actions that the policy's configuration leaves out: they are not opened.
  package var leftOut: Set<String> = []
  /// The statistics that scale each feature that is read.
  package var statistics: OrderedDictionary<String, [String]> = [:]

  package init() {}
}

extension PolicyConfig {
  /// What the policy, with its features filled in, uses of a dataset.
  ///
  /// - Parameter renameMap: from the dataset's names to the policy's.
  package func use(
    of dataset: OrderedDictionary<String, PolicyFeature>,
    renameMap: OrderedDictionary<String, String>
  ) -> FeatureUse {
    var use = FeatureUse()
    let features = common.inputFeatures.merging(common.outputFeatures) { $1 }
    let read = value.readFeatures
    for (key, feature) in dataset {
      let name = renameMap[key] ?? key
      guard features[name] != nil else {
        use.leftOut.insert(key)
        continue
      }
      guard read.contains(name) else { continue }
      use.read.insert(key)
      use.statistics[key] = value.normalization[feature.type.rawValue]?.statistics ?? []
    }
    if value.rewardDeltaIndices != nil { use.read.insert("next.reward") }
    return use
  }

  /// States among the inputs that the policy does not compute with, under the policy's names.
  package var unreadStates: [String] {
    let read = value.readFeatures
    return common.inputFeatures.filter { $0.value.type == .state && !read.contains($0.key) }
      .map(\.key)
  }
}

import OrderedCollections

/// What a run has in the place of what processors were saved with; nil leaves what was saved.
package struct StepOverride: Sendable {
  /// `cpu` or `cuda`.
  package var device: String?
  /// From the dataset's names to the policy's.
  package var renameMap: OrderedDictionary<String, String>?
  package var features: OrderedDictionary<String, PolicyFeature>?
  /// By feature type, `STATE`.
  package var modes: OrderedDictionary<String, NormalizationMode>?
  package var statistics: FeatureStatistics?
  package var policy: (any PolicyConfiguration)?

  package init(
    device: String? = nil, renameMap: OrderedDictionary<String, String>? = nil,
    features: OrderedDictionary<String, PolicyFeature>? = nil,
    modes: OrderedDictionary<String, NormalizationMode>? = nil,
    statistics: FeatureStatistics? = nil, policy: (any PolicyConfiguration)? = nil
  ) {
    self.device = device
    self.renameMap = renameMap
    self.features = features
    self.modes = modes
    self.statistics = statistics
    self.policy = policy
  }
}

import OrderedCollections

/// Statistics that policies of LeRobot before 0.4 kept among their weights, as tensors such as
/// `normalize_inputs.buffer_observation_state.mean`.
///
/// LeRobot `processor/migrate_policy_normalization.py` takes them over into processors; it reads
/// every underscore of a name as a dot, and so loses cameras such as `cam_high` (Q-RUN-8).
package enum NormalizationBuffers {
  private static let modules: Set = [
    "normalize_inputs", "normalize_targets", "unnormalize_outputs", "unnormalize_targets",
    "normalize", "unnormalize", "input_normalizer", "output_normalizer",
  ]
  private static let buffer = "buffer_"

  /// Whether a weight is such a statistic.
  package static func contain(_ name: String) -> Bool {
    modules.contains(String(name.prefix { $0 != "." }))
  }

  /// The statistics among a policy's weights.
  ///
  /// - Parameter features: the policy's, whose names they get back.
  package static func statistics(
    in weights: NamedTensors, features: some Sequence<String>
  ) -> FeatureStatistics {
    let names = Dictionary(
      features.map { ($0.replacing(".", with: "_"), $0) }, uniquingKeysWith: { first, _ in first })
    var statistics: FeatureStatistics = [:]
    for (name, tensor) in weights where contain(name) {
      let parts = name.split(separator: ".").map(String.init)
      guard parts.count >= 3, let statistic = parts.last else { continue }
      let joined = parts.dropFirst().dropLast().joined(separator: ".")
      let plain = joined.hasPrefix(buffer) ? String(joined.dropFirst(buffer.count)) : joined
      let feature = names[plain.replacing(".", with: "_")] ?? plain.replacing("_", with: ".")
      statistics[feature, default: [:]][statistic] = tensor
    }
    return statistics
  }
}

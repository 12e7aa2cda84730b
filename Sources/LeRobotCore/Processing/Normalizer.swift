import OrderedCollections

/// Scales features by their statistics, and back (LeRobot `processor/normalize_processor.py`).
///
/// Each feature type has a mode. Features that are not in the data, have no statistics or whose
/// type has no mode pass as they are. Arithmetic is in the tensor's own precision, float32 in
/// training, and equal to torch's on the CPU bit for bit.
package struct Normalizer: Sendable, Equatable {
  package static let defaultEpsilon = 1e-8

  package var epsilon = Self.defaultEpsilon
  package var features: OrderedDictionary<String, PolicyFeature>
  /// By feature type, `STATE`; in the order of the policy's configuration.
  package var modes: OrderedDictionary<String, NormalizationMode>
  package var statistics: FeatureStatistics
  /// Observations to which it is limited; nil for all.
  package var observationKeys: [String]?

  package init(
    features: OrderedDictionary<String, PolicyFeature>,
    modes: OrderedDictionary<String, NormalizationMode>, statistics: FeatureStatistics
  ) {
    self.features = features
    self.modes = modes
    self.statistics = statistics
  }

  /// Scales the observations and the action of a batch.
  ///
  /// - Parameter inverse: back to the data's own units.
  package func apply(
    to batch: Batch, inverse: Bool = false
  ) throws(ProcessorError) -> Batch {
    var result = batch
    for (key, feature) in features where feature.type != .action && key.hasPrefix("observation") {
      if let observationKeys, !observationKeys.contains(key) { continue }
      guard let value = batch.values[key] else { continue }
      result.values[key] = try apply(to: value, feature: key, type: feature.type, inverse: inverse)
    }
    if let action = batch.values["action"] {
      result.values["action"] = try apply(
        to: action, feature: "action", type: .action, inverse: inverse)
    }
    return result
  }

  /// Scales one value, whose last axes are those of the statistics.
  package func apply(
    to value: Batch.Value, feature: String, type: FeatureType, inverse: Bool = false
  ) throws(ProcessorError) -> Batch.Value {
    let mode = modes[type.rawValue] ?? .identity
    guard mode != .identity, let statistics = statistics[feature] else { return value }
    let normalization = FeatureNormalization(
      feature: feature, type: type, mode: mode, statistics: statistics, epsilon: epsilon)
    return switch (mode, inverse) {
    case (.identity, _): value
    case (.meanStd, false): try normalization.run(MeanStandardDeviation.self, on: value)
    case (.meanStd, true): try normalization.run(InverseMeanStandardDeviation.self, on: value)
    case (.minMax, true): try normalization.run(InverseRangeToUnit.self, on: value)
    case (_, true): try normalization.run(InverseQuantilesToUnit.self, on: value)
    case (_, false): try normalization.run(RangeToUnit.self, on: value)
    }
  }
}

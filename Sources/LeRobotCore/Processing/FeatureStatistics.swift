import OrderedCollections

/// Statistics of a dataset's features: `["observation.state"]?["mean"]`.
///
/// Names are LeRobot's (`mean std min max count q01 q10 q50 q90 q99`); vectors are [D], those of
/// cameras [C, 1, 1].
package typealias FeatureStatistics = OrderedDictionary<
  String, OrderedDictionary<String, HostTensor>
>

extension OrderedDictionary
where Key == String, Value == OrderedDictionary<String, HostTensor> {
  /// Every statistic under `feature.statistic` as float32: a normaliser's saved state
  /// (LeRobot `processor/normalize_processor.py`, `state_dict`).
  package var flattened: NamedTensors {
    var result: NamedTensors = [:]
    for (feature, statistics) in self {
      for (name, tensor) in statistics {
        result["\(feature).\(name)"] = HostTensor(tensor.elements(Float.self), shape: tensor.shape)
      }
    }
    return result
  }

  /// The inverse of `flattened`: what follows a name's last dot is the statistic.
  package init(flattened tensors: NamedTensors) {
    self = [:]
    for (name, tensor) in tensors {
      guard let dot = name.lastIndex(of: ".") else { continue }
      self[String(name[..<dot]), default: [:]][String(name[name.index(after: dot)...])] = tensor
    }
  }

  /// The statistics under the names that features have after renaming
  /// (LeRobot `processor/rename_processor.py`, `rename_stats`).
  package func renamed(_ names: OrderedDictionary<String, String>) -> Self {
    var result = Self()
    for (feature, statistics) in self { result[names[feature] ?? feature] = statistics }
    return result
  }
}

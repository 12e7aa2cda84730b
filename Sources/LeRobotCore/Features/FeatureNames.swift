import OrderedCollections

/// Names of features in the datasets of other programs.
enum FeatureNames {
  /// What openpi, LIBERO, RLDS and ACT's own recordings call the two vectors.
  private static let known = [
    "actions": "action", "state": "observation.state", "states": "observation.state",
    "qpos": "observation.state", "proprio": "observation.state",
  ]

  /// LeRobot's names for those of other programs.
  ///
  /// - Parameter names: a name with `image` or `cam` in it is taken for a camera.
  static func suggestions(for names: [String]) -> OrderedDictionary<String, String> {
    var result: OrderedDictionary<String, String> = [:]
    for name in names {
      if let target = known[name] {
        result[name] = result.values.contains(target) ? nil : target
      } else if name.contains("image") || name.contains("cam") {
        result[name] = "observation.images.\(name)"
      } else if name.hasPrefix("action"), !result.values.contains("action") {
        result[name] = "action"
      }
    }
    return result
  }
}

extension OrderedDictionary<String, String> {
  /// A rename map's entries that are applied where the dataset is opened: LeRobot's processor, which
  /// applies the others, sees nothing but observations.
  package var atSource: Self { filter { !$0.key.hasPrefix("observation.") } }
  /// The entries that the rename step of a preprocessor applies.
  package var inProcessor: Self { filter { $0.key.hasPrefix("observation.") } }
}

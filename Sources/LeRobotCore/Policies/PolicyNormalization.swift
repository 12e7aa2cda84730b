/// What a policy's `normalization_mapping` leaves undone.
extension PolicyConfiguration {
  /// Keys that name no feature type: LeRobot takes them and scales nothing by them.
  var normalizationProblems: [FieldProblem] {
    let types = FeatureType.allCases.map(\.rawValue)
    let strangers = normalization.keys.filter { !types.contains($0) }
    guard !strangers.isEmpty else { return [] }
    let meant = strangers.map { $0.uppercased() }
    let isMeant = meant.allSatisfy(types.contains)
    return [
      FieldProblem(
        "normalization_mapping",
        "no feature type is called \(Array(strangers).listed); "
          + (isMeant
            ? "did you mean \(meant.listed)? (one of \(types.listed))" : "give \(types.listed)"))
    ]
  }

  /// A sentence on the features that are not normalised because the mapping leaves their type out;
  /// nil where there are none. It needs the policy's features.
  package var unnormalizedFeatures: String? {
    let features = common.inputFeatures.merging(common.outputFeatures) { $1 }
    let left = features.filter { name, feature in
      Normalizer.scales(name, feature) && normalization[feature.type.rawValue] == nil
    }
    guard !left.isEmpty else { return nil }
    let types = Set(left.values.map(\.type.rawValue)).sorted()
    return "policy.normalization_mapping leaves out \(types.listed): \(Array(left.keys).listed) "
      + (left.count == 1 ? "is" : "are") + " not normalised; give a mode for every type, IDENTITY "
      + "where that is meant"
  }
}

extension Normalizer {
  /// Whether a feature would be scaled if its type had a mode.
  static func scales(_ name: String, _ feature: PolicyFeature) -> Bool {
    feature.type == .action || (name.hasPrefix("observation") && feature.type != .language)
  }
}

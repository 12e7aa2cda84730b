/// What a feature is to a policy (LeRobot `configs/types.py`, `FeatureType`).
package enum FeatureType: String, Sendable, CaseIterable {
  case state = "STATE"
  case visual = "VISUAL"
  case environment = "ENV"
  case action = "ACTION"
  case reward = "REWARD"
  case language = "LANGUAGE"
}

/// How values of a feature type are scaled before a policy sees them
/// (LeRobot `configs/types.py`, `NormalizationMode`).
package enum NormalizationMode: String, Sendable, CaseIterable {
  case minMax = "MIN_MAX"
  case meanStd = "MEAN_STD"
  case identity = "IDENTITY"
  case quantiles = "QUANTILES"
  case quantiles10 = "QUANTILE10"

  /// The two statistics a mode is made of: centre and spread, or low and high; none for identity.
  package var statistics: [String] {
    switch self {
    case .identity: []
    case .meanStd: ["mean", "std"]
    case .minMax: ["min", "max"]
    case .quantiles: ["q01", "q99"]
    case .quantiles10: ["q10", "q90"]
    }
  }
}

/// One input or output of a policy; `shape` is without batch and time, images [C, H, W].
package struct PolicyFeature: Sendable, Equatable {
  package var type: FeatureType
  package var shape: [Int]

  package init(type: FeatureType, shape: [Int]) {
    self.type = type
    self.shape = shape
  }
}

import OrderedCollections

/// What every policy's configuration holds (LeRobot `configs/policies.py`, `PreTrainedConfig`).
package struct PolicyCommon: Sendable, Equatable {
  /// Filled from the dataset unless a configuration file names them.
  package var inputFeatures: OrderedDictionary<String, PolicyFeature> = [:]
  package var outputFeatures: OrderedDictionary<String, PolicyFeature> = [:]
  /// `cpu`, `cuda` or `cuda:0`; nil picks the best that is there.
  package var device: String?
  package var usesAMP = false
  package var pushesToHub = true
  package var repositoryID: String?
  package var isPrivate: Bool?
  package var tags: [String]?
  package var license: String?
  package var pretrainedPath: String?

  package init() {}
}

/// The configuration of one policy; a case per policy, so that the compiler lists what a new one
/// still lacks.
package enum PolicyConfig: Sendable, Equatable {
  case act(ACTConfig)

  /// LeRobot's name of the policy, as `--policy.type` takes it.
  package var type: String {
    switch self {
    case .act: "act"
    }
  }

  /// How each feature type is scaled, by its name (`STATE`).
  package var normalization: OrderedDictionary<String, NormalizationMode> {
    switch self {
    case .act(let config): config.normalization
    }
  }

  /// What every policy has.
  package var common: PolicyCommon {
    get {
      switch self {
      case .act(let config): config.common
      }
    }
    set {
      switch self {
      case .act(var config):
        config.common = newValue
        self = .act(config)
      }
    }
  }
}

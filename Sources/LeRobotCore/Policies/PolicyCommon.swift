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

  package static let fields: [Field<Self>] = [
    Field("input_features", \.inputFeatures, "Inputs of the policy; taken from the dataset."),
    Field("output_features", \.outputFeatures, "Outputs of the policy; taken from the dataset."),
    Field("device", \.device, "cpu, cuda, cuda:0 or mps; null takes the best that is there."),
    Field("use_amp", \.usesAMP, "Computes the forward pass in bfloat16."),
    Field("push_to_hub", \.pushesToHub, "Uploads the policy after training; needs repo_id."),
    Field("repo_id", \.repositoryID, "Hub id the policy is uploaded to."),
    Field("private", \.isPrivate, "Makes the hub repository private."),
    Field("tags", \.tags, "Tags of the model card."),
    Field("license", \.license, "License named in the model card."),
    Field(
      "pretrained_path", \.pretrainedPath,
      "Folder or hub id of the weights to start from; --policy.path reads the configuration too.",
      as: .optional(.path)),
  ]
}

extension PolicyCommon {
  /// The inputs that are camera images.
  package var imageFeatures: OrderedDictionary<String, PolicyFeature> {
    inputFeatures.filter { $0.value.type == .visual }
  }

  /// The state of the robot, `observation.state`.
  package var robotStateFeature: PolicyFeature? {
    inputFeatures["observation.state"].flatMap { $0.type == .state ? $0 : nil }
  }

  /// The first input that is the state of the environment.
  package var environmentStateFeature: PolicyFeature? {
    inputFeatures.values.first { $0.type == .environment }
  }
}

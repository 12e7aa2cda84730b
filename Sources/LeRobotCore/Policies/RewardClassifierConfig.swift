import OrderedCollections

/// Configuration of the reward classifier (LeRobot `configuration_classifier.py`).
///
/// What each property means stands in `fields`.
package struct RewardClassifierConfig: ConfigRecord {
  package static let policyType = "reward_classifier"
  package var common = PolicyCommon()

  package var observationStepCount = 1
  package var name = "reward_classifier"
  package var classCount = 2
  package var hiddenWidth = 256
  package var latentWidth = 256
  package var imagePoolingWidth = 8
  package var dropout = 0.1
  package var modelName = "helper2424/resnet10"
  package var modelType = "cnn"
  package var cameraCount = 2
  package var learningRate = 0.0001
  package var weightDecay = 0.01
  package var gradientClipNorm = 1.0
  package var normalization: OrderedDictionary<String, NormalizationMode> = ["VISUAL": .meanStd]

  package init() {
    common.device = "cpu"
  }

  package static let fields: [Field<Self>] =
    [
      Field("n_obs_steps", \.observationStepCount, "Observations the classifier sees at once.")
    ] + commonFieldsWithDevice + [
      Field("name", \.name, "Name of the model."),
      Field("num_classes", \.classCount, "Classes that are told apart."),
      Field("hidden_dim", \.hiddenWidth, "Hidden width."),
      Field("latent_dim", \.latentWidth, "Width of the latent state."),
      Field(
        "image_embedding_pooling_dim", \.imagePoolingWidth,
        "Width of the image embedding's pooling."),
      Field("dropout_rate", \.dropout, "Dropout probability."),
      Field("model_name", \.modelName, "Hub id of the image encoder."),
      Field("model_type", \.modelType, "Kind of the image encoder: cnn or transformer."),
      Field("num_cameras", \.cameraCount, "Cameras."),
      Field("learning_rate", \.learningRate, "Learning rate of the preset optimizer."),
      Field("weight_decay", \.weightDecay, "Weight decay of the preset optimizer."),
      Field("grad_clip_norm", \.gradientClipNorm, "Bound on the gradient's norm."),
      Field("normalization_mapping", \.normalization, "How each kind of feature is scaled."),
    ]
}

extension RewardClassifierConfig: PolicyConfiguration {
  package var optimizerPreset: OptimizerConfig {
    var options = AdamOptions(weightDecay: 0.01)
    options.learningRate = learningRate
    options.weightDecay = weightDecay
    options.gradientClipNorm = gradientClipNorm
    return .adamW(options)
  }

  package var actionDeltaIndices: [Int]? { nil }

  package mutating func completeFeatures() -> [FieldProblem] {
    common.inputFeatures.keys.contains { $0.hasPrefix("observation.image") }
      ? [] : [FieldProblem("input_features", "the reward classifier needs a camera")]
  }

  package var pretrainedParts: [PretrainedPart] {
    [PretrainedPart(option: "model_name", source: .hub(modelName))]
  }

  package func makeProcessors(
    _ context: ProcessorContext
  ) throws(ProcessorError) -> PolicyProcessors {
    throw .notBuilt(policy: Self.policyType)
  }
}

import OrderedCollections

/// Configuration of the Action Chunking Transformer (LeRobot `configuration_act.py`).
///
/// What each property means stands in `fields`.
package struct ACTConfig: ConfigRecord {
  package static let policyType = "act"
  package var common = PolicyCommon()

  package var observationStepCount = 1
  package var chunkSize = 100
  package var actionStepCount = 100
  package var normalization: OrderedDictionary<String, NormalizationMode> = [
    "VISUAL": .meanStd, "STATE": .meanStd, "ACTION": .meanStd,
  ]
  package var visionBackbone = "resnet18"
  package var pretrainedBackboneWeights: String? = "ResNet18_Weights.IMAGENET1K_V1"
  package var dilation = DilationLevel()
  package var preNorm = false
  package var modelWidth = 512
  package var headCount = 8
  package var feedForwardWidth = 3200
  package var feedForwardActivation = "relu"
  package var encoderLayerCount = 4
  package var decoderLayerCount = 1
  package var usesVAE = true
  package var latentWidth = 32
  package var vaeEncoderLayerCount = 4
  package var temporalEnsembleCoefficient: Double?
  package var dropout = 0.1
  package var klWeight = 10.0
  package var learningRate = 1e-05
  package var weightDecay = 0.0001
  package var backboneLearningRate = 1e-05

  package init() {}

  package static let fields: [Field<Self>] =
    [
      Field(
        "n_obs_steps", \.observationStepCount,
        "Observations the policy sees at once; ACT takes one.")
    ] + commonFields + [
      Field("chunk_size", \.chunkSize, "Actions predicted at once, in environment steps."),
      Field(
        "n_action_steps", \.actionStepCount,
        "Actions of a chunk that are carried out before the next prediction."),
      Field("normalization_mapping", \.normalization, "How each kind of feature is scaled."),
      Field("vision_backbone", \.visionBackbone, "The torchvision ResNet that encodes images."),
      Field(
        "pretrained_backbone_weights", \.pretrainedBackboneWeights,
        "torchvision weights the backbone starts from; null starts at random."),
      Field(
        "replace_final_stride_with_dilation", \.dilation,
        "Dilates the backbone's last stage instead of striding; needs resnet50 or larger."),
      Field(
        "pre_norm", \.preNorm,
        "Normalises before each transformer sub-layer instead of after it."),
      Field("dim_model", \.modelWidth, "Width of the transformer's hidden states."),
      Field("n_heads", \.headCount, "Attention heads."),
      Field("dim_feedforward", \.feedForwardWidth, "Hidden width of the feed-forward layers."),
      Field(
        "feedforward_activation", \.feedForwardActivation,
        "Activation of the feed-forward layers: relu, gelu or glu."),
      Field("n_encoder_layers", \.encoderLayerCount, "Layers of the transformer encoder."),
      Field("n_decoder_layers", \.decoderLayerCount, "Layers of the transformer decoder."),
      Field("use_vae", \.usesVAE, "Trains with the variational objective."),
      Field("latent_dim", \.latentWidth, "Width of the latent variable."),
      Field("n_vae_encoder_layers", \.vaeEncoderLayerCount, "Layers of the variational encoder."),
      Field(
        "temporal_ensemble_coeff", \.temporalEnsembleCoefficient,
        "Decay of the temporal ensemble's weights, 0.01 in the paper; null is off."),
      Field("dropout", \.dropout, "Dropout probability in the transformers."),
      Field("kl_weight", \.klWeight, "Weight of the KL divergence in the loss."),
      Field("optimizer_lr", \.learningRate, "Learning rate of the preset optimizer."),
      Field("optimizer_weight_decay", \.weightDecay, "Weight decay of the preset optimizer."),
      Field(
        "optimizer_lr_backbone", \.backboneLearningRate, "Learning rate of the vision backbone."),
    ]
}

extension ACTConfig {
  /// Whether the backbone's last stage dilates; any non-zero level does.
  package var replaceFinalStrideWithDilation: Bool {
    get { (dilation.level ?? 0) != 0 }
    set { dilation.level = newValue ? 1 : 0 }
  }
}

extension ACTConfig: ChunkedPolicy, TorchvisionBackbone {
  package var problems: [FieldProblem] {
    var problems = PolicyChecks.resNet(visionBackbone)
    if temporalEnsembleCoefficient != nil, actionStepCount > 1 {
      problems.append(
        FieldProblem(
          "temporal_ensemble_coeff",
          "temporal ensembling predicts at every step, but n_action_steps is \(actionStepCount); "
            + "set n_action_steps to 1"))
    }
    if observationStepCount != 1 {
      problems.append(
        FieldProblem("n_obs_steps", PolicyChecks.oneObservation(observationStepCount)))
    }
    return problems + chunkProblems
  }

  package var optimizerPreset: OptimizerConfig {
    var options = AdamOptions(weightDecay: 0.01)
    options.learningRate = learningRate
    options.weightDecay = weightDecay
    return .adamW(options)
  }

  package var actionDeltaIndices: [Int]? { Array(0..<max(chunkSize, 0)) }

  package mutating func completeFeatures() -> [FieldProblem] {
    common.imageFeatures.isEmpty && common.environmentStateFeature == nil
      ? [FieldProblem("input_features", PolicyChecks.imageOrEnvironmentState)] : []
  }

  package func checkFeatures() throws(PolicyConfigError) { _ = try ACTFeatures(self) }

  package func makeProcessors(_ context: ProcessorContext) -> PolicyProcessors {
    .standard(for: self, context)
  }

  package var unusedFields: [UnusedFields] {
    guard !usesVAE else { return [] }
    return [
      UnusedFields(
        ["kl_weight", "n_vae_encoder_layers"], reason: "the policy has no variational encoder",
        remedy: "give --policy.use_vae=true")
    ]
  }
}

import OrderedCollections

/// Configuration of SmolVLA (LeRobot `configuration_smolvla.py`).
///
/// What each property means stands in `fields`.
package struct SmolVLAConfig: ConfigRecord {
  package static let policyType = "smolvla"
  package var common = PolicyCommon()

  package var observationStepCount = 1
  package var chunkSize = 50
  package var actionStepCount = 50
  package var normalization: OrderedDictionary<String, NormalizationMode> = [
    "VISUAL": .identity, "STATE": .meanStd, "ACTION": .meanStd,
  ]
  package var maximumStateWidth = 32
  package var maximumActionWidth = 32
  package var paddedImageSize = ImageSize(height: 512, width: 512)
  package var emptyCameraCount = 0
  package var adaptsToPiAloha = false
  package var usesDeltaJointActions = false
  package var tokenizerMaximumLength = 48
  package var denoisingStepCount = 10
  package var usesCache = true
  package var freezesVisionEncoder = true
  package var trainsExpertOnly = true
  package var trainsStateProjection = true
  package var learningRate = 0.0001
  package var betas = AdamBetas(0.9, 0.95)
  package var epsilon = 1e-08
  package var weightDecay = 1e-10
  package var gradientClip: PythonNumber = 10
  package var warmupStepCount = 1000
  package var decayStepCount = 30_000
  package var decayLearningRate = 2.5e-06
  package var visionLanguageModel = "HuggingFaceTB/SmolVLM2-500M-Video-Instruct"
  package var loadsVisionLanguageWeights = false
  package var addsImageTokens = false
  package var attentionMode = "cross_attn"
  package var prefixLength = -1
  package var languagePadding = "longest"
  package var expertLayerCount = -1
  package var visionLanguageLayerCount = 16
  package var selfAttentionInterval = 2
  package var expertWidthFactor = 0.75
  package var minimumPeriod = 0.004
  package var maximumPeriod = 4.0
  package var realTimeChunking: RealTimeChunkingConfig?
  /// What the vision-language model's files say; no field.
  package var parts: SmolVLAParts?

  package init() {}

  package static let fields: [Field<Self>] =
    [
      Field("n_obs_steps", \.observationStepCount, "Observations the policy sees at once.")
    ] + commonFields + chunkFields + [
      Field("normalization_mapping", \.normalization, "How each kind of feature is scaled."),
      Field("max_state_dim", \.maximumStateWidth, "Width that states are padded to."),
      Field("max_action_dim", \.maximumActionWidth, "Width that actions are padded to."),
      Field(
        "resize_imgs_with_padding", \.paddedImageSize,
        "Size images are resized to, keeping their shape and padding the rest."),
      Field("empty_cameras", \.emptyCameraCount, "Empty cameras added to the inputs."),
      Field(
        "adapt_to_pi_aloha", \.adaptsToPiAloha,
        "Converts joints from the Aloha space to the one of the pi runtime."),
      Field(
        "use_delta_joint_actions_aloha", \.usesDeltaJointActions,
        "Converts joint actions to differences from the state; not built in LeRobot either."),
      Field("tokenizer_max_length", \.tokenizerMaximumLength, "Tokens of a task's text."),
      Field("num_steps", \.denoisingStepCount, "Denoising steps at inference."),
      Field("use_cache", \.usesCache, "Caches keys and values at inference."),
      Field("freeze_vision_encoder", \.freezesVisionEncoder, "Keeps the vision encoder as it is."),
      Field("train_expert_only", \.trainsExpertOnly, "Trains the action expert alone."),
      Field("train_state_proj", \.trainsStateProjection, "Trains the projection of the state."),
    ] + adamFields() + [
      Field("optimizer_grad_clip_norm", \.gradientClip, "Bound on the gradient's norm.")
    ] + cosineFields + [
      Field("vlm_model_name", \.visionLanguageModel, "Hub id of the vision-language model."),
      Field(
        "load_vlm_weights", \.loadsVisionLanguageWeights,
        "Loads the vision-language model's weights when training from scratch."),
      Field("add_image_special_tokens", \.addsImageTokens, "Puts special tokens around images."),
      Field(
        "attention_mode", \.attentionMode,
        "How the expert attends to the model: cross_attn or self_attn."),
      Field(
        "prefix_length", \.prefixLength,
        "Length that the prefix is padded to; negative does not pad."),
      Field("pad_language_to", \.languagePadding, "How texts are padded: longest or max_length."),
      Field(
        "num_expert_layers", \.expertLayerCount,
        "Layers of the action expert; none or fewer takes the model's."),
      Field(
        "num_vlm_layers", \.visionLanguageLayerCount,
        "Layers of the vision-language model that are used."),
      Field(
        "self_attn_every_n_layers", \.selfAttentionInterval,
        "Every how many layers the expert attends to itself."),
      Field(
        "expert_width_multiplier", \.expertWidthFactor,
        "Width of the expert relative to the model's."),
      Field("min_period", \.minimumPeriod, "Shortest period of the time embedding."),
      Field("max_period", \.maximumPeriod, "Longest period of the time embedding."),
      Field("rtc_config", \.realTimeChunking, "Real-time chunking at inference."),
    ]
}

extension SmolVLAConfig: ChunkedPolicy, CosinePreset {
  package var problems: [FieldProblem] {
    let padding = PolicyChecks.choice(
      "pad_language_to", languagePadding, among: TokenLayout.Padding.allCases.map(\.rawValue))
    guard usesDeltaJointActions else { return chunkProblems + padding }
    return chunkProblems + padding + [
      FieldProblem(
        "use_delta_joint_actions_aloha", "LeRobot never built this; leave it at false")
    ]
  }

  package func checkFeatures() throws(PolicyConfigError) { _ = try SmolVLAFeatures(self) }

  package var optimizerPreset: OptimizerConfig {
    var options = adamOptions
    options.gradientClip = gradientClip
    return .adamW(options)
  }

  package var observationDeltaIndices: [Int]? { [0] }
  package var actionDeltaIndices: [Int]? { Array(0..<max(chunkSize, 0)) }

  package mutating func completeFeatures() -> [FieldProblem] {
    common.addEmptyCameras(emptyCameraCount, shape: [3, 480, 640])
    return []
  }

  package static var replaceableParts: Set<PolicyPart> { [.tokenizer] }

  /// The vision-language model; without `load_vlm_weights` only its sizes are taken from the hub.
  package var pretrainedParts: [PretrainedPart] {
    loadsVisionLanguageWeights
      ? [PretrainedPart(option: "vlm_model_name", source: .hub(visionLanguageModel))] : []
  }

  /// The standard ones, with the task's tokens before the device (LeRobot
  /// `make_smolvla_pre_post_processors`).
  package func makeProcessors(
    _ context: ProcessorContext
  ) throws(ProcessorError) -> PolicyProcessors {
    let layout = TokenLayout(
      maximum: tokenizerMaximumLength,
      padding: TokenLayout.Padding(rawValue: languagePadding) ?? .longest)  // `problems` has asked
    let tokens = try TokenizerStep(visionLanguageModel, layout, resources: context.resources)
    var processors = PolicyProcessors.standard(for: self, context)
    let steps: [any ProcessorStep] = [SmolVLANewLineStep(), tokens]
    processors.preprocessor.steps.insert(contentsOf: steps, at: 2)
    return processors
  }
}

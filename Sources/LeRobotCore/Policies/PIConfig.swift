import OrderedCollections

/// What the configurations of π₀ and π₀.₅ differ in.
package protocol PIRelease: Sendable {
  static var policyType: String { get }
  static var recordName: String { get }
  static var tokenizerMaximumLength: Int { get }
  /// Whether LeRobot lists that length last, or before how features are scaled.
  static var listsTokenizerLast: Bool { get }
  /// How states and actions are scaled.
  static var normalization: NormalizationMode { get }
  /// Whether the state stands in the prompt, and time in the expert's norms; else both are tokens.
  static var readsStateAsText: Bool { get }
}

/// π₀ (LeRobot `configuration_pi0.py`).
package enum PI0: PIRelease {
  package static let policyType = "pi0"
  package static let recordName = "PI0Config"
  package static let tokenizerMaximumLength = 48
  package static let listsTokenizerLast = true
  package static let normalization = NormalizationMode.meanStd
  package static let readsStateAsText = false
}

/// π₀.₅ (LeRobot `configuration_pi05.py`).
package enum PI05: PIRelease {
  package static let policyType = "pi05"
  package static let recordName = "PI05Config"
  package static let tokenizerMaximumLength = 200
  package static let listsTokenizerLast = false
  package static let normalization = NormalizationMode.quantiles
  package static let readsStateAsText = true
}

/// Configuration of π₀.
package typealias PI0Config = PIConfig<PI0>
/// Configuration of π₀.₅.
package typealias PI05Config = PIConfig<PI05>

/// Configuration of π₀ or π₀.₅.
///
/// What each property means stands in `fields`.
package struct PIConfig<Release: PIRelease>: ConfigRecord {
  package static var policyType: String { Release.policyType }
  package static var recordName: String { Release.recordName }

  package var common = PolicyCommon()

  package var observationStepCount = 1
  package var paliGemmaVariant = "gemma_2b"
  package var actionExpertVariant = "gemma_300m"
  package var dataType = "float32"
  package var chunkSize = 50
  package var actionStepCount = 50
  package var maximumStateWidth = 32
  package var maximumActionWidth = 32
  package var inferenceStepCount = 10
  package var timeSamplingAlpha = 1.5
  package var timeSamplingBeta = 1.0
  package var timeSamplingScale = 0.999
  package var timeSamplingOffset = 0.001
  package var minimumPeriod = 0.004
  package var maximumPeriod = 4.0
  package var realTimeChunking: RealTimeChunkingConfig?
  package var imageResolution = ImageSize(height: 224, width: 224)
  package var emptyCameraCount = 0
  package var normalization: OrderedDictionary<String, NormalizationMode> = [
    "VISUAL": .identity, "STATE": Release.normalization, "ACTION": Release.normalization,
  ]
  package var checkpointsGradients = false
  package var compilesModel = false
  package var compileMode = "max-autotune"
  package var learningRate = 2.5e-05
  package var betas = AdamBetas(0.9, 0.95)
  package var epsilon = 1e-08
  package var weightDecay = 0.01
  package var gradientClip = 1.0
  package var warmupStepCount = 1000
  package var decayStepCount = 30_000
  package var decayLearningRate = 2.5e-06
  package var tokenizerMaximumLength = Release.tokenizerMaximumLength
  /// Sizes other than the published ones; no field.
  package var ownSizes: PIOwnSizes?
  /// Whether PaliGemma stays as it is.
  package var trainsExpertOnly = false
  /// The same for its tower alone.
  package var freezesVisionEncoder = false
  /// Whether actions are given relative to the state at their chunk's beginning.
  package var usesRelativeActions = false
  /// Joints whose actions stay absolute then: those whose names hold one of these texts.
  package var relativeExcludedJoints = ["gripper"]

  package init() {}

  package static var fields: [Field<Self>] {
    let tokenizer = [
      Field("tokenizer_max_length", \Self.tokenizerMaximumLength, "Tokens of a task's text.")
    ]
    return sizeFields + (Release.listsTokenizerLast ? [] : tokenizer) + trainingFields
      + (Release.listsTokenizerLast ? tokenizer : []) + freezingFields + relativeFields
  }

  private static var relativeFields: [Field<Self>] {
    [
      Field(
        "use_relative_actions", \.usesRelativeActions,
        "Learns actions relative to the state at their chunk's beginning (LeRobot 0.5.1)."
      ).newer,
      Field(
        "relative_exclude_joints", \.relativeExcludedJoints,
        "Joints that stay absolute then: those whose names hold one of these texts (LeRobot 0.5.1)."
      ).newer,
    ]
  }

  private static var freezingFields: [Field<Self>] {
    [
      Field(
        "freeze_vision_encoder", \.freezesVisionEncoder,
        "Keeps the vision encoder as it is (LeRobot 0.4.3)."
      ).newer,
      Field(
        "train_expert_only", \.trainsExpertOnly,
        "Trains the action expert and what leads in and out alone (LeRobot 0.4.3)."
      ).newer,
    ]
  }

  private static var sizeFields: [Field<Self>] {
    [
      Field("n_obs_steps", \.observationStepCount, "Observations the policy sees at once.")
    ] + commonFields + [
      Field(
        "paligemma_variant", \.paliGemmaVariant,
        "Size of the vision-language model: gemma_300m or gemma_2b."),
      Field(
        "action_expert_variant", \.actionExpertVariant,
        "Size of the action expert: gemma_300m or gemma_2b."),
      Field("dtype", \.dataType, "Number type of the weights: bfloat16 or float32."),
    ] + chunkFields + [
      Field("max_state_dim", \.maximumStateWidth, "Width that states are padded to."),
      Field("max_action_dim", \.maximumActionWidth, "Width that actions are padded to."),
      Field("num_inference_steps", \.inferenceStepCount, "Denoising steps at inference."),
      Field(
        "time_sampling_beta_alpha", \.timeSamplingAlpha,
        "First parameter of the beta distribution that times are drawn from."),
      Field(
        "time_sampling_beta_beta", \.timeSamplingBeta,
        "Second parameter of the beta distribution that times are drawn from."),
      Field("time_sampling_scale", \.timeSamplingScale, "Factor on the drawn times."),
      Field("time_sampling_offset", \.timeSamplingOffset, "Offset of the drawn times."),
      Field("min_period", \.minimumPeriod, "Shortest period of the time embedding."),
      Field("max_period", \.maximumPeriod, "Longest period of the time embedding."),
      Field("rtc_config", \.realTimeChunking, "Real-time chunking at inference."),
      Field("image_resolution", \.imageResolution, "Height and width images are resized to."),
      Field("empty_cameras", \.emptyCameraCount, "Empty cameras added to the inputs."),
    ]
  }

  private static var trainingFields: [Field<Self>] {
    [
      Field("normalization_mapping", \.normalization, "How each kind of feature is scaled."),
      Field(
        "gradient_checkpointing", \.checkpointsGradients,
        "Recomputes activations in the backward pass to save memory."),
      Field("compile_model", \.compilesModel, "Compiles the model."),
      Field("compile_mode", \.compileMode, "How the model is compiled."),
    ] + adamFields() + [
      Field("optimizer_grad_clip_norm", \.gradientClip, "Bound on the gradient's norm.")
    ] + cosineFields
  }
}

extension PIConfig: ChunkedPolicy, CosinePreset {
  package var problems: [FieldProblem] {
    chunkProblems
      + PolicyChecks.choice("paligemma_variant", paliGemmaVariant, among: PIGemmas.names)
      + PolicyChecks.choice("action_expert_variant", actionExpertVariant, among: PIGemmas.names)
      + PolicyChecks.choice("dtype", dataType, among: ["bfloat16", "float32"])
  }

  package var optimizerPreset: OptimizerConfig {
    var options = adamOptions
    options.gradientClipNorm = gradientClip
    return .adamW(options)
  }

  package var actionDeltaIndices: [Int]? { Array(0..<max(chunkSize, 0)) }

  package mutating func completeFeatures() -> [FieldProblem] {
    common.addEmptyCameras(
      emptyCameraCount, shape: [3, imageResolution.height, imageResolution.width])
    common.addStateAndAction(stateWidth: maximumStateWidth, actionWidth: maximumActionWidth)
    return []
  }

  package static var replaceableParts: Set<PolicyPart> { [.sizes, .tokenizer] }

  /// LeRobot draws a new model's weights; trained ones come with `--policy.path`.
  package var pretrainedParts: [PretrainedPart] { [] }

  /// The standard ones and the tokens of the task, before scaling; for π₀.₅ of task and state, after it
  /// (LeRobot `make_pi0_pre_post_processors`, `make_pi05_pre_post_processors`).
  package func makeProcessors(
    _ context: ProcessorContext
  ) throws(ProcessorError) -> PolicyProcessors {
    let tokens = try TokenizerStep(
      "google/paligemma-3b-pt-224",
      TokenLayout(maximum: tokenizerMaximumLength, padding: .maximum), resources: context.resources)
    var processors = PolicyProcessors.standard(for: self, context)
    var steps = processors.preprocessor.steps
    if Release.readsStateAsText {
      steps.swapAt(2, 3)
      let prompt = StatePromptStep(maximumWidth: maximumStateWidth)
      steps.insert(contentsOf: [prompt, tokens] as [any ProcessorStep], at: 3)
    } else {
      steps.insert(contentsOf: [PI0NewLineStep(), tokens] as [any ProcessorStep], at: 2)
    }
    processors.preprocessor.steps = steps
    return usesRelativeActions
      ? processors.relative(
        RelativeJoints(excluded: relativeExcludedJoints, names: context.actionNames))
      : processors
  }

  package var absoluteJoints: [String]? { usesRelativeActions ? relativeExcludedJoints : nil }
}

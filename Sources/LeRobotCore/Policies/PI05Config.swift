import OrderedCollections

/// Configuration of π₀.₅ (LeRobot `configuration_pi05.py`).
///
/// What each property means stands in `fields`.
package struct PI05Config: ConfigRecord {
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
  package var tokenizerMaximumLength = 200
  package var normalization: OrderedDictionary<String, NormalizationMode> = [
    "VISUAL": .identity, "STATE": .quantiles, "ACTION": .quantiles,
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

  package init() {}

  package static let fields: [Field<Self>] =
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
      Field("chunk_size", \.chunkSize, "Actions predicted at once."),
      Field("n_action_steps", \.actionStepCount, "Actions carried out before the next prediction."),
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
      Field("tokenizer_max_length", \.tokenizerMaximumLength, "Tokens of a task's text."),
      Field("normalization_mapping", \.normalization, "How each kind of feature is scaled."),
      Field(
        "gradient_checkpointing", \.checkpointsGradients,
        "Recomputes activations in the backward pass to save memory."),
      Field("compile_model", \.compilesModel, "Compiles the model."),
      Field("compile_mode", \.compileMode, "How the model is compiled."),
      Field("optimizer_lr", \.learningRate, "Learning rate of the preset optimizer."),
      Field("optimizer_betas", \.betas, "Decay rates of the preset optimizer."),
      Field("optimizer_eps", \.epsilon, "Epsilon of the preset optimizer."),
      Field("optimizer_weight_decay", \.weightDecay, "Weight decay of the preset optimizer."),
      Field("optimizer_grad_clip_norm", \.gradientClip, "Bound on the gradient's norm."),
      Field(
        "scheduler_warmup_steps", \.warmupStepCount, "Steps over which the learning rate rises."),
      Field("scheduler_decay_steps", \.decayStepCount, "Steps over which the learning rate falls."),
      Field("scheduler_decay_lr", \.decayLearningRate, "Learning rate at the end."),
    ]
}

extension PI05Config: PolicyOptions {
  package var problems: [FieldProblem] {
    let sizes = ["gemma_300m", "gemma_2b"]
    return chunkProblems
      + PolicyDemand.choice("paligemma_variant", paliGemmaVariant, among: sizes)
      + PolicyDemand.choice("action_expert_variant", actionExpertVariant, among: sizes)
      + PolicyDemand.choice("dtype", dataType, among: ["bfloat16", "float32"])
  }

  private var chunkProblems: [FieldProblem] {
    actionStepCount <= chunkSize
      ? []
      : [
        FieldProblem(
          "chunk_size",
          "\(chunkSize) is less than n_action_steps (\(actionStepCount)); raise chunk_size or lower "
            + "n_action_steps")
      ]
  }

  package var optimizerPreset: OptimizerConfig {
    var options = AdamOptions(weightDecay: 0.01)
    options.learningRate = learningRate
    options.betas = betas
    options.epsilon = epsilon
    options.weightDecay = weightDecay
    options.gradientClipNorm = gradientClip
    return .adamW(options)
  }

  package var schedulerPreset: SchedulerConfig? {
    .cosineDecayWithWarmup(
      warmupSteps: warmupStepCount, decaySteps: decayStepCount, peakLearningRate: learningRate,
      decayLearningRate: decayLearningRate)
  }

  package var actionDeltaIndices: [Int]? { Array(0..<max(chunkSize, 0)) }

  package mutating func completeFeatures() -> [FieldProblem] {
    common.addEmptyCameras(
      emptyCameraCount, shape: [3, imageResolution.height, imageResolution.width])
    common.addStateAndAction(stateWidth: maximumStateWidth, actionWidth: maximumActionWidth)
    return []
  }
}

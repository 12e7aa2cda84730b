import OrderedCollections

/// Configuration of Diffusion Policy (LeRobot `configuration_diffusion.py`).
///
/// What each property means stands in `fields`.
package struct DiffusionConfig: ConfigRecord {
  package static let policyType = "diffusion"
  package var common = PolicyCommon()

  package var observationStepCount = 2
  package var horizon = 16
  package var actionStepCount = 8
  package var normalization: OrderedDictionary<String, NormalizationMode> = [
    "VISUAL": .meanStd, "STATE": .minMax, "ACTION": .minMax,
  ]
  package var droppedLastFrameCount: Int? = 7
  package var visionBackbone = "resnet18"
  package var cropShape: ImageSize? = ImageSize(height: 84, width: 84)
  package var cropsRandomly = true
  package var pretrainedBackboneWeights: String?
  package var usesGroupNorm = true
  package var keypointCount = 32
  package var usesEncoderPerCamera = false
  package var downWidths = [512, 1024, 2048]
  package var kernelSize = 5
  package var groupCount = 8
  package var stepEmbeddingWidth = 128
  package var usesScaleModulation = true
  package var noiseScheduler = "DDPM"
  package var trainingTimestepCount = 100
  package var betaSchedule = "squaredcos_cap_v2"
  package var betaStart = 0.0001
  package var betaEnd = 0.02
  package var predictionType = "epsilon"
  package var clipsSample = true
  package var clipRange = 1.0
  package var inferenceStepCount: Int?
  package var masksPaddingLoss = false
  package var learningRate = 0.0001
  package var betas = AdamBetas(0.95, 0.999)
  package var epsilon = 1e-08
  package var weightDecay = 1e-06
  package var schedulerName = "cosine"
  package var warmupStepCount = 500

  package init() {}

  package static let fields: [Field<Self>] =
    [
      Field("n_obs_steps", \.observationStepCount, "Observations the policy sees at once.")
    ] + commonFields + [
      Field("horizon", \.horizon, "Actions the diffusion model predicts at once."),
      Field("n_action_steps", \.actionStepCount, "Actions carried out before the next prediction."),
      Field("normalization_mapping", \.normalization, "How each kind of feature is scaled."),
      Field(
        "drop_n_last_frames", \.droppedLastFrameCount,
        "Frames at the end of each episode that are not sampled.", as: .int),
    ] + visionFields + [
      Field(
        "use_separate_rgb_encoder_per_camera", \.usesEncoderPerCamera,
        "Gives each camera an encoder of its own."),
      Field("down_dims", \.downWidths, "Width of each stage of the U-Net.", as: .sequence(.int)),
      Field("kernel_size", \.kernelSize, "Width of the U-Net's convolutions."),
      Field("n_groups", \.groupCount, "Groups of the U-Net's group norms."),
      Field(
        "diffusion_step_embed_dim", \.stepEmbeddingWidth,
        "Width of the embedding of the diffusion step."),
      Field(
        "use_film_scale_modulation", \.usesScaleModulation,
        "Lets the condition scale the U-Net's features, not only shift them."),
      Field("noise_scheduler_type", \.noiseScheduler, "Noise scheduler: DDPM or DDIM."),
      Field(
        "num_train_timesteps", \.trainingTimestepCount,
        "Diffusion steps of the forward process."),
      Field(
        "beta_schedule", \.betaSchedule, "Schedule of the noise variances, by diffusers' name."),
      Field("beta_start", \.betaStart, "Noise variance of the first step."),
      Field("beta_end", \.betaEnd, "Noise variance of the last step."),
      Field("prediction_type", \.predictionType, "What the U-Net predicts: epsilon or sample."),
      Field("clip_sample", \.clipsSample, "Clips the sample at every denoising step."),
      Field("clip_sample_range", \.clipRange, "Bound of that clipping."),
      Field(
        "num_inference_steps", \.inferenceStepCount,
        "Denoising steps at inference; null takes num_train_timesteps."),
      Field(
        "do_mask_loss_for_padding", \.masksPaddingLoss, "Leaves padded actions out of the loss."),
    ] + adamFields(betas: .tuple([.number, .number])) + [
      Field("scheduler_name", \.schedulerName, "Learning-rate schedule, by diffusers' name."),
      Field(
        "scheduler_warmup_steps", \.warmupStepCount, "Steps over which the learning rate rises."),
    ]
}

extension DiffusionConfig: AdamPreset, KeypointVision {
  package var problems: [FieldProblem] {
    var problems = PolicyChecks.resNet(visionBackbone)
    problems += PolicyChecks.choice(
      "prediction_type", predictionType, among: ["epsilon", "sample"])
    problems += PolicyChecks.choice(
      "noise_scheduler_type", noiseScheduler, among: ["DDPM", "DDIM"])
    // Each stage of the U-Net halves the horizon.
    let factor = downWidths.count < 62 ? 1 << downWidths.count : 0
    if factor == 0 || horizon % factor != 0 {
      problems.append(
        FieldProblem(
          "horizon",
          "\(horizon) is no multiple of \(factor), 2 to the number of down_dims; change horizon or "
            + "down_dims"))
    }
    return problems
  }

  package var optimizerPreset: OptimizerConfig {
    .adam(adamOptions)
  }

  package var schedulerPreset: SchedulerConfig? {
    .diffuser(name: schedulerName, warmupSteps: warmupStepCount)
  }

  package var observationDeltaIndices: [Int]? { Array(PolicyChecks.past(observationStepCount)) }

  package var actionDeltaIndices: [Int]? {
    let first = 1 - observationStepCount
    return Array(first..<max(first + horizon, first))
  }

  package mutating func completeFeatures() -> [FieldProblem] {
    var problems: [FieldProblem] = []
    if common.imageFeatures.isEmpty, common.environmentStateFeature == nil {
      problems.append(FieldProblem("input_features", PolicyChecks.imageOrEnvironmentState))
    }
    problems += PolicyChecks.crop(cropShape, fits: common.imageFeatures)
    return problems + PolicyChecks.equalShapes(common.imageFeatures)
  }

  package func checkFeatures() throws(PolicyConfigError) { _ = try DiffusionFeatures(self) }

  package var unusedFields: [UnusedFields] {
    var unused = unusedCropFields
    if betaSchedule == "squaredcos_cap_v2" {
      unused.append(
        UnusedFields(
          ["beta_start", "beta_end"], reason: "the schedule squaredcos_cap_v2 has no bounds",
          remedy: "give --policy.beta_schedule=linear"))
    }
    if !clipsSample {
      unused.append(
        UnusedFields(
          ["clip_sample_range"], reason: "samples are not clipped",
          remedy: "give --policy.clip_sample=true"))
    }
    if schedulerName == "constant" {
      unused.append(
        UnusedFields(
          ["scheduler_warmup_steps"], reason: "the schedule constant has no warm-up",
          remedy: "give --policy.scheduler_name=constant_with_warmup"))
    }
    return unused
  }

  package func makeProcessors(_ context: ProcessorContext) -> PolicyProcessors {
    .standard(for: self, context)
  }
}

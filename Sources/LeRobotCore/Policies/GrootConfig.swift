import OrderedCollections

/// Configuration of GR00T N1.5 (LeRobot `configuration_groot.py`).
///
/// What each property means stands in `fields`.
package struct GrootConfig: ConfigRecord {
  package static let policyType = "groot"
  package var common = PolicyCommon()

  package var observationStepCount = 1
  package var chunkSize = 50
  package var actionStepCount = 50
  package var maximumStateWidth = 64
  package var maximumActionWidth = 32
  package var normalization: OrderedDictionary<String, NormalizationMode> = [
    "VISUAL": .identity, "STATE": .meanStd, "ACTION": .meanStd,
  ]
  package var imageSize = ImageSize(height: 224, width: 224)
  package var baseModelPath = "nvidia/GR00T-N1.5-3B"
  package var tokenizerRepository = "lerobot/eagle2hg-processor-groot-n1p5"
  package var embodimentTag = "new_embodiment"
  package var tunesLanguageModel = false
  package var tunesVisionTower = false
  package var tunesProjector = true
  package var tunesDiffusionModel = true
  package var loraRank = 0
  package var loraAlpha = 16
  package var loraDropout = 0.1
  package var loraFullModel = false
  package var learningRate = 0.0001
  package var betas = AdamBetas(0.95, 0.999)
  package var epsilon = 1e-08
  package var weightDecay = 1e-05
  package var warmupRatio = 0.05
  package var usesBFloat16 = true
  package var videoBackend = "decord"
  package var balancesDatasetWeights = true
  package var balancesTrajectoryWeights = true
  package var datasetPaths: [String]?
  package var runnerOutputDirectory = "./tmp/gr00t"
  package var saveSteps = 1000
  package var maximumSteps = 10_000
  package var runnerBatchSize = 32
  package var runnerWorkerCount = 8
  package var reportTo = "wandb"
  package var resumes = false

  package init() {}

  package static let fields: [Field<Self>] =
    [
      Field("n_obs_steps", \.observationStepCount, "Observations the policy sees at once.")
    ] + commonFields + chunkFields + [
      Field("max_state_dim", \.maximumStateWidth, "Width that states are padded to."),
      Field("max_action_dim", \.maximumActionWidth, "Width that actions are padded to."),
      Field("normalization_mapping", \.normalization, "How each kind of feature is scaled."),
      Field("image_size", \.imageSize, "Height and width of the model's images."),
      Field("base_model_path", \.baseModelPath, "Folder or hub id of the base model."),
      Field(
        "tokenizer_assets_repo", \.tokenizerRepository,
        "Hub id of the tokenizer's vocabulary and merges."),
      Field("embodiment_tag", \.embodimentTag, "Embodiment that is trained."),
      Field("tune_llm", \.tunesLanguageModel, "Trains the language model."),
      Field("tune_visual", \.tunesVisionTower, "Trains the vision tower."),
      Field("tune_projector", \.tunesProjector, "Trains the projector."),
      Field("tune_diffusion_model", \.tunesDiffusionModel, "Trains the diffusion model."),
      Field("lora_rank", \.loraRank, "Rank of the LoRA adapters; 0 uses none."),
      Field("lora_alpha", \.loraAlpha, "Scale of the LoRA adapters."),
      Field("lora_dropout", \.loraDropout, "Dropout of the LoRA adapters."),
      Field("lora_full_model", \.loraFullModel, "Adapts the whole model with LoRA."),
    ] + adamFields() + [
      Field(
        "warmup_ratio", \.warmupRatio,
        "Part of 10,000 steps over which the learning rate rises."),
      Field("use_bf16", \.usesBFloat16, "Computes in bfloat16."),
      Field("video_backend", \.videoBackend, "Video decoder of the Isaac-GR00T runner."),
      Field(
        "balance_dataset_weights", \.balancesDatasetWeights,
        "Weights datasets of a mixture by their size."),
      Field(
        "balance_trajectory_weights", \.balancesTrajectoryWeights,
        "Weights trajectories by their length."),
      Field("dataset_paths", \.datasetPaths, "Datasets for the Isaac-GR00T runner."),
      Field("output_dir", \.runnerOutputDirectory, "Output folder of the Isaac-GR00T runner."),
      Field("save_steps", \.saveSteps, "Steps between checkpoints of the Isaac-GR00T runner."),
      Field("max_steps", \.maximumSteps, "Steps of the Isaac-GR00T runner."),
      Field("batch_size", \.runnerBatchSize, "Batch size of the Isaac-GR00T runner."),
      Field(
        "dataloader_num_workers", \.runnerWorkerCount,
        "Loader workers of the Isaac-GR00T runner."),
      Field("report_to", \.reportTo, "Logger of the Isaac-GR00T runner."),
      Field("resume", \.resumes, "Whether the Isaac-GR00T runner resumes."),
    ]
}

extension GrootConfig: AdamPreset, ChunkedPolicy {
  package var problems: [FieldProblem] { chunkProblems }

  package var optimizerPreset: OptimizerConfig {
    .adamW(adamOptions)
  }

  package var schedulerPreset: SchedulerConfig? {
    .cosineDecayWithWarmup(
      warmupSteps: Int(exactly: (10_000 * warmupRatio).rounded(.towardZero)) ?? 0,
      decaySteps: 10_000, peakLearningRate: learningRate, decayLearningRate: learningRate * 0.1)
  }

  /// GR00T predicts at most 16 actions, whatever the chunk.
  package var actionDeltaIndices: [Int]? { Array(0..<max(min(chunkSize, 16), 0)) }

  package mutating func completeFeatures() -> [FieldProblem] {
    var problems: [FieldProblem] = []
    if common.imageFeatures.isEmpty {
      problems.append(FieldProblem("input_features", "GR00T needs at least one camera"))
    }
    let stateWidth = common.inputFeatures["observation.state"]?.shape.first ?? 0
    if stateWidth > maximumStateWidth {
      problems.append(
        FieldProblem(
          "max_state_dim",
          "\(maximumStateWidth) is less than the state's width (\(stateWidth)); raise it"))
    }
    let actionWidth = common.outputFeatures["action"]?.shape.first ?? 0
    if actionWidth > maximumActionWidth {
      problems.append(
        FieldProblem(
          "max_action_dim",
          "\(maximumActionWidth) is less than the action's width (\(actionWidth)); raise it"))
    }
    common.addStateAndAction(stateWidth: maximumStateWidth, actionWidth: maximumActionWidth)
    return problems
  }

  package static var replaceableParts: Set<PolicyPart> { [.tokenizer] }

  /// All of the model but the action head's parts for a new embodiment.
  package var pretrainedParts: [PretrainedPart] {
    [PretrainedPart(option: "base_model_path", source: .hub(baseModelPath))]
  }

  package func makeProcessors(
    _ context: ProcessorContext
  ) throws(ProcessorError) -> PolicyProcessors {
    throw .notBuilt(policy: Self.policyType)
  }
}

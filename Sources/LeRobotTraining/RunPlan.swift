import LeRobotCore
import LeRobotData
import LeRobotEnvs
import LeRobotWandB

/// What a run is: everything that is decided before it computes. Made once and never changed.
struct RunPlan {
  /// With the policy below.
  let config: TrainPipelineConfig
  /// With the features it trains on and the device that computes.
  let policy: PolicyConfig
  let optimizer: OptimizerConfig
  let options: RunOptions
  /// The command line, without the program's name.
  let arguments: [String]
  /// The process's variables.
  let environment: [String: String]
  let world: any World
  /// What is known of the dataset apart from its frames.
  let dataset: DatasetSummary
  /// The dataset's frames.
  let frames: LeRobotDataset
  /// Held-out frames; nil where the policy is not validated.
  let heldOut: LeRobotDataset?
  /// Random changes of camera images; nil where they are off.
  let transforms: ImageTransforms?
  /// The environments of the evaluation; nil where nothing is evaluated.
  let suite: EvaluationSuite?
  /// The policy that is fine-tuned; nil for any other run.
  let tuning: FineTuning?
  /// Weights and processors to take over: of a policy to fine-tune, or of a run to resume.
  let checkpoint: Checkpoint?
  /// The files that processors need besides their configuration.
  let resources: ResourceStore
  let setup: BackendSetup
  /// nil where nothing is uploaded, and on every rank but the main one.
  let uploads: RunUploads?
  /// Where the values of the configuration and of the options came from.
  let origins: (config: ConfigOrigins, options: ConfigOrigins)
  /// The logging to Weights & Biases; nil where it is off, and on every rank but the main one.
  let wandb: WandBLogging?

  init(
    _ request: RunRequest, _ inputs: RunInputs, _ setup: BackendSetup, _ uploads: RunUploads?,
    _ wandb: WandBLogging?, world: any World
  ) {
    var policy = inputs.policy
    policy.common.device = setup.deviceName
    var config = request.config
    config.policy = policy
    if let wandb { config.wandb.runID = wandb.settings.runID }
    self.config = config
    self.policy = policy
    optimizer = request.optimizer
    options = request.options
    arguments = request.arguments
    environment = request.environment
    self.world = world
    dataset = inputs.dataset
    frames = inputs.frames
    heldOut = inputs.heldOut
    transforms = inputs.transforms
    suite = inputs.suite
    tuning = inputs.tuning
    checkpoint = inputs.checkpoint
    resources = inputs.resources
    self.setup = setup
    self.uploads = uploads
    self.wandb = wandb
    origins = (request.origins, request.optionOrigins)
  }

  var backend: any Backend { setup.backend }
  /// The folder the run writes to.
  var output: RunDirectory { RunDirectory(path: config.outputDirectory ?? ".") }
  var isDryRun: Bool { options.program.isDryRun }
  /// Batches of a rank that a step adds up.
  var batchesPerStep: Int { options.accelerator.accumulation.batchCount }
  /// How the moving average of the weights is made; nil where there is none.
  var weightAverage: WeightAverageConfig? {
    options.weightAverage.isEnabled ? options.weightAverage : nil
  }

  /// What the log says of the run's sizes.
  func summary(_ learner: any Learner) -> RunSummary {
    let (learnable, total) = learner.parameterCounts
    var summary = RunSummary(
      outputDirectory: config.outputDirectory ?? "",
      environmentTask: config.environment.map { $0.fields["task"] ?? .null },
      steps: config.steps, frameCount: dataset.frameCount, episodeCount: dataset.episodeCount,
      batchSize: config.batchSize, worldSize: world.size, learnableCount: learnable,
      parameterCount: total)
    summary.batchesPerStep = batchesPerStep
    return summary
  }
}

extension RunPlan {
  /// What checkpoints are compared by; nil where they are not.
  var selection: BestCheckpoints? {
    options.selectionMetric.map {
      BestCheckpoints($0, count: options.selection.count, patience: options.selection.patience)
    }
  }
}

extension RunPlan {
  /// What a page about the policy says.
  func modelCard(step: Int) -> ModelCard {
    var card = ModelCard(
      policyType: policy.type, dataset: config.dataset.repositoryID, step: step)
    if let license = policy.common.license { card.license = license }
    card.tags = policy.common.tags ?? []
    return card
  }
}

// MARK: - The output directory

extension RunPlan {
  /// Makes and claims the folder that the run writes to: the main rank does, the others wait for it.
  ///
  /// - Returns: the main rank's claim, to be kept as long as the run.
  func claimOutput(_ events: RunEvents) throws -> FolderClaim? {
    let claim = world.isMain ? try claim(events) : nil
    try world.barrier()
    return claim
  }

  private func claim(_ events: RunEvents) throws(TrainingError) -> FolderClaim {
    if config.resume { return try output.create() }
    let (claim, aside) = try output.prepare()
    if let aside {
      events.warning("what an earlier run without a checkpoint left is now in \(aside)")
    }
    return claim
  }
}

// MARK: - Decoded frames

extension RunPlan {
  /// One of the run's datasets with its decoded frames kept, as far as that is wanted and possible.
  ///
  /// - Parameter name: what the log calls them, where they are not those of the training.
  func keepingDecoded(
    _ frames: LeRobotDataset, called name: String? = nil, _ events: RunEvents
  ) throws -> LeRobotDataset {
    guard frames.decodedBytes > 0 else { return frames }
    let choice = options.dataset.frameCache
    let cache = FrameCache(
      // A dry run writes nothing.
      isDryRun && choice == .disk ? .off : choice,
      decodedBytes: frames.decodedBytes, packedBytes: { frames.packedBytes() },
      availableBytes: AvailableMemory().bytes,
      folder: DatasetLocation(config.dataset, environment: environment).frameCache)
    events.info((name.map { "\($0): " } ?? "") + cache.description, about: .dataset)
    return frames.keepingFrames(cache) { events.warning($0) }
  }
}

extension LeRobotDataset {
  /// Logs how many frames were kept of those that the log's first line about it promised.
  func logKeptFrames(_ events: RunEvents) {
    guard let kept = keptFrames else { return }
    let all = frameCount * contents.cameras.count
    events.info(
      "Frame cache: \(kept.frames) of \(all) pictures kept in \(formatBytes(kept.bytes))",
      about: .dataset)
  }
}

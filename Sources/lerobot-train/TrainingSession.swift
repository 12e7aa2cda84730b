import LeRobotCore

/// What a run starts from: nothing, a policy to fine-tune, or a checkpoint to go on with.
/// Read before libtorch is loaded, so that a damaged file is found at once.
struct RunStart {
  /// Weights and processors to take over.
  var checkpoint: Checkpoint?
  /// Where a resumed run stood.
  var state: TrainingState?
  /// The files that processors need besides their configuration.
  let resources: ResourceStore

  init(
    config: TrainPipelineConfig, policy: PolicyConfig, environment: [String: String]
  ) throws {
    let cache = HubCache(variables: environment, files: DiskFileSystem())
    resources = ResourceStore(cache)
    guard let path = policy.common.pretrainedPath else { return }
    let cached = cache.policyFolder(path)
    let checkpoint = try Checkpoint.open(cached ?? path)
    self.checkpoint = checkpoint
    if config.resume { state = try checkpoint.readTrainingState() }
  }
}

/// The learner with all that belongs to it: data order, learning rates, processors, checkpoints.
final class TrainingSession {
  let learner: any Learner
  let processors: PolicyProcessors
  /// Steps done before this process.
  let step: Int
  let rates: LearningRates
  /// What a checkpoint brought; nil for a new policy.
  let loadedWeights: LoadedWeights?
  /// Where a run of this program stood; nil for a new run and for LeRobot's own.
  let resumePoint: ResumePoint?
  /// What of a resumed run's state cannot be restored, so far.
  private let resumeProblems: [ResumeProblem]
  /// Writes checkpoints beside the training.
  let saver: CheckpointSaver

  private let config: TrainPipelineConfig
  private let policy: PolicyConfig
  private let optimizer: OptimizerConfig
  private let backend: any Backend
  private let dataset: DatasetSummary
  private let world: any World
  private let writer: CheckpointWriter
  /// Options of our own that a resumed run takes over.
  private let savedRunOptions: JSONValue
  /// The checkpoint a resumed run goes on from.
  private let origin: String?
  /// The options a resumed run's optimizer was saved with, per group; they go on.
  private let savedOptions: [GroupOptions]
  /// Python's and NumPy's generators, which training leaves alone, beside torch's.
  private let random: RandomStates?

  /// Makes policy, processors, optimizer and schedule, in this order: LeRobot's.
  init(
    config: TrainPipelineConfig, policy: PolicyConfig, backend: any Backend, world: any World,
    dataset: DatasetSummary, start: RunStart, options: RunOptions, logger: ConsoleLogger
  ) throws {
    guard let optimizer = config.optimizer else {
      throw TrainingError.noOptimizer
    }
    self.config = config
    self.policy = policy
    self.optimizer = optimizer
    self.backend = backend
    self.dataset = dataset
    self.world = world
    // A checkpoint brings its own parts; published ones would be looked for in vain offline.
    learner = try backend.makeLearner(
      policy: policy, optimizer: optimizer, usesPreset: config.usesPolicyTrainingPreset,
      loading: start.checkpoint == nil ? policy.value.pretrainedParts : [])
    processors = try Self.makeProcessors(config, policy, dataset, start, logger)
    loadedWeights = try start.checkpoint.map { [learner] in
      let weights = try $0.weights()
      let names = try learner.loadWeights(weights)
      return LoadedWeights(
        loadedCount: weights.count - names.unexpected.count, missing: names.missing,
        unexpected: names.unexpected)
    }
    logger.info("Creating optimizer and scheduler", from: .optimizer)
    rates = try Self.restore(learner, backend, config, optimizer, start)
    step = start.state?.step ?? 0
    random = start.state?.random
    (resumePoint, resumeProblems) = try Self.resumePoint(start, backend)
    origin = config.resume ? start.checkpoint?.path : nil
    savedOptions =
      SavedOptimizer.joined(
        start.state?.optimizers ?? [:], groupNames: learner.parameterGroupNames)?.options ?? []
    writer = CheckpointWriter(
      outputDirectory: config.outputDirectory ?? ".", totalSteps: config.steps)
    savedRunOptions = options.saved
    saver = CheckpointSaver(writer, keeping: options.keptCheckpoints)
  }

  /// The checkpoint that was saved last, by this process or the one before.
  var lastSaved: String? { saver.last ?? origin }

  /// Removes what a run that was killed left half-written.
  func cleanUp() throws { try writer.cleanUp() }

  /// A new policy's processors, or saved ones with this run's device, statistics and names.
  private static func makeProcessors(
    _ config: TrainPipelineConfig, _ policy: PolicyConfig, _ dataset: DatasetSummary,
    _ start: RunStart, _ logger: ConsoleLogger
  ) throws -> PolicyProcessors {
    guard let checkpoint = start.checkpoint else {
      // A new policy takes the dataset's names as they are (Q-CONFIG-4).
      return try PolicyProcessors(
        policy: policy, statistics: dataset.statistics, resources: start.resources)
    }
    var processors = try checkpoint.processors(
      of: policy, resources: start.resources
    ) { file, field in
      logger.warning("\(file): \(field): there is no such field here; it is dropped")
    }
    processors.override(
      policy: policy, statistics: dataset.statistics, renameMap: config.renameMap)
    return processors
  }

  /// The learning rates to begin with; generators and optimizer of a resumed run are put back.
  private static func restore(
    _ learner: any Learner, _ backend: any Backend, _ config: TrainPipelineConfig,
    _ optimizer: OptimizerConfig, _ start: RunStart
  ) throws -> LearningRates {
    let base = learner.initialLearningRates
    var schedule = try config.scheduler.map {
      try LearningRateSchedule(
        $0, baseRates: base, optimizerRate: optimizer.learningRate, totalSteps: config.steps)
    }
    guard let state = start.state, let folder = start.checkpoint?.trainingState else {
      return LearningRates(base: base, schedule: schedule)
    }
    try backend.setRandomState(state.random.torch)
    if let device = state.random.torchDevice { try backend.setDeviceRandomState(device) }
    let optimizers = state.optimizers
    guard
      let saved = SavedOptimizer.joined(optimizers, groupNames: learner.parameterGroupNames)
    else { return LearningRates(base: base, schedule: schedule) }
    try learner.loadOptimizer(saved)
    if let unrounded = state.resume?.unrounded { try learner.loadUnroundedState(unrounded) }
    if schedule != nil {
      guard let saved = state.schedule else {
        // It would begin anew, with the warm-up in the middle of the run.
        throw CheckpointError.missing(file: "\(folder)/\(CheckpointLayout.scheduleState)")
      }
      try schedule?.restore(saved)
    }
    let rates = zip(saved.learningRates, base).map { $0 ?? $1 }
    return LearningRates(base: rates, schedule: schedule)
  }

  /// Where a resumed run stood, and what of its state is not there or of no use here.
  private static func resumePoint(
    _ start: RunStart, _ backend: any Backend
  ) throws -> (ResumePoint?, [ResumeProblem]) {
    guard let state = start.state else { return (nil, []) }
    var problems = ResumeProblem.ofDeviceGenerator(
      isSaved: state.random.torchDevice != nil, isThere: try backend.deviceRandomState() != nil)
    guard let resume = state.resume else { return (nil, problems) }
    do throws(ResumeProblem) {
      return (try ResumePoint(resume), problems)
    } catch {
      problems.append(error)
      return (nil, problems)
    }
  }

  // MARK: - Data

  /// The batches, from where a run of this program stood.
  ///
  /// - Parameter warn: is told what of that cannot be restored.
  func source(
    _ loader: any BatchLoader, warn: (ResumeProblem) -> Void
  ) throws -> any BatchSource {
    let sampler: any Sampler =
      policy.value.droppedLastFrameCount.map {
        EpisodeAwareSampler(episodes: dataset.episodeRanges, droppingLast: $0)
      } ?? RandomSampler(frameCount: dataset.frameCount)
    let source = IndexedBatches(
      dataset, sampler: sampler, loader: loader, batchSize: config.batchSize,
      generator: EngineGenerator(backend), world: world)
    for problem in resumeProblems { warn(problem) }
    if let averages = resumePoint?.partialAverages,
      !MetricsTracker.isComplete(partialAverages: averages)
    {
      warn(.noAverages)
    }
    if let position = resumePoint?.position {
      for problem in try source.resume(at: position) { warn(problem) }
    }
    return source
  }

  // MARK: - Checkpoints

  /// What the loop saves with.
  func saving(_ source: any BatchSource) -> Saving {
    Saving(
      begin: { [self] in try beginCheckpoint($0, source) },
      finished: { [saver] in try saver.finishedCheckpoints(waiting: $0) })
  }

  /// Begins to write the checkpoint of where the loop stands. What changes with the next step is
  /// taken here, the weights and the optimizer as a snapshot.
  private func beginCheckpoint(_ loop: LoopState, _ source: any BatchSource) throws {
    // Two snapshots at a time would take the memory of two.
    saver.wait()
    let snapshot = try learner.snapshot()
    let (policy, train) = (policy.json.pythonText(indent: 4), config.json.pythonText(indent: 4))
    let (card, processors) = (modelCard(step: loop.step), processors)
    let training = try trainingState(loop, source)
    let groupNames = learner.parameterGroupNames
    try saver.begin { [optimizer, savedOptions] in
      let state = try snapshot.read()
      var training = training
      training.optimizers = SavedOptimizer.split(
        optimizer, state: state.optimizer, groupNames: groupNames,
        learningRates: loop.rates.current,
        initialLearningRates: loop.rates.schedule?.baseRates, saved: savedOptions)
      return CheckpointContents(
        step: loop.step, weights: state.weights, policyConfig: policy, trainConfig: train,
        modelCard: card, processors: processors, trainingState: training)
    }
  }

  /// The training state but for the optimizer.
  private func trainingState(
    _ loop: LoopState, _ source: any BatchSource
  ) throws -> TrainingState {
    let torch = try backend.randomState()
    var states = random ?? RandomStates(seed: UInt64(config.seed ?? 0), torch: torch)
    states.torch = torch
    states.torchDevice = try backend.deviceRandomState()
    var resume = ResumePoint(
      position: source.position, partialAverages: loop.metrics.partialAverages
    ).state
    resume.unrounded = try learner.unroundedState()
    return TrainingState(
      step: loop.step, optimizers: [:], schedule: loop.rates.schedule?.state, random: states,
      resume: resume, options: savedRunOptions)
  }

  private func modelCard(step: Int) -> String {
    var card = ModelCard(
      policyType: policy.type, dataset: config.dataset.repositoryID, step: step)
    if let license = policy.common.license { card.license = license }
    card.tags = policy.common.tags ?? []
    return card.text
  }
}

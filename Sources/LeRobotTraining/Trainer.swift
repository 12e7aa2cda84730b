import LeRobotCore

/// The policy in training and what belongs to it: processors, optimizer, learning rates, the order
/// of the data, checkpoints.
final class Trainer {
  let plan: RunPlan
  let learner: any Learner
  let processors: PolicyProcessors
  /// Steps done before this process.
  let step: Int
  let rates: LearningRates
  /// Where a run of this program stood; nil for a new run and for LeRobot's own.
  let resumePoint: ResumePoint?
  /// What of a resumed run's state cannot be restored, so far.
  private let resumeProblems: [ResumeProblem]
  /// Writes checkpoints beside the training.
  let saver: CheckpointSaver
  /// The options a resumed run's optimizer was saved with, per group; they stay.
  let savedOptions: [GroupOptions]
  /// The generators of a resumed run as they were saved; training leaves Python's alone.
  let random: RandomStates?
  let events: RunEvents
  private let writer: CheckpointWriter

  /// Makes policy, processors, optimizer and schedule, in this order: LeRobot's.
  ///
  /// - Parameter state: where a resumed run stood. It is not kept: an optimizer's moments take twice
  ///   the memory of the weights.
  init(_ plan: RunPlan, resuming state: TrainingState?, _ events: RunEvents) throws {
    let config = plan.config
    self.plan = plan
    self.events = events
    events.send(.preparing(.policy))
    // A checkpoint brings its own parts; published ones may not even be reachable.
    learner = try plan.backend.makeLearner(
      policy: plan.policy, optimizer: plan.optimizer,
      usesPreset: config.usesPolicyTrainingPreset,
      loading: plan.checkpoint == nil ? plan.policy.value.pretrainedParts : [])
    processors = try Self.makeProcessors(plan, events)
    let loaded = try plan.checkpoint.map { [learner] in
      try learner.loadWeights(of: plan.policy.value, from: $0)
    }
    events.send(.preparing(.optimizer))
    rates = try Self.restore(learner, plan, state)
    if let notice = rates.schedule?.notice { events.info(notice) }
    step = state?.step ?? 0
    if state != nil { learner.resume(afterSteps: step) }
    random = state?.random
    (resumePoint, resumeProblems) = try Self.resumePoint(state, plan.backend)
    savedOptions =
      SavedOptimizer.joined(
        state?.optimizers ?? [:], groupNames: learner.parameterGroupNames)?.options ?? []
    writer = CheckpointWriter(
      outputDirectory: config.outputDirectory ?? ".", totalSteps: config.steps)
    saver = CheckpointSaver(writer, keeping: plan.options.keptCheckpoints)
    if let loaded { log(loaded) }
    if loaded != nil, !config.resume, config.usesPolicyTrainingPreset,
      let warning = learner.warnings.fineTuning
    {
      events.warning(warning)
    }
    try beginAverage(unrounded: state?.resume?.unrounded)
  }

  /// Begins the moving average of the weights, or continues a checkpoint's.
  ///
  /// - Parameter unrounded: what is computed with more digits than weights have in a checkpoint.
  private func beginAverage(unrounded: NamedTensors?) throws {
    guard plan.weightAverage != nil else { return }
    try learner.beginAverage()
    guard plan.config.resume, let checkpoint = plan.checkpoint else { return }
    guard let saved = checkpoint.averagedModel, averageUpdates > 0 else {
      return events.warning(
        "the checkpoint holds no moving average of the weights; it begins with the weights as they are"
      )
    }
    try learner.loadAverage(from: saved.weightSource().named(by: plan.policy.value))
    if let unrounded {
      try learner.loadUnroundedState(unrounded.filter { $0.key.hasPrefix("average/") })
    }
  }

  /// Updates of the average that a resumed run has behind it.
  private var averageUpdates: Int { resumePoint?.memory.averageUpdates ?? 0 }

  /// What is measured again at the step that is resumed: a checkpoint is written after its step's
  /// validation and before its evaluation, but for one of the best policies.
  var repeated: Set<MetricsRecord.Kind> {
    var repeated: Set<MetricsRecord.Kind> = [.evaluation, .validation]
    if resumePoint?.memory.validatedStep == step { repeated.remove(.validation) }
    if resumePoint?.memory.evaluatedStep == step { repeated.remove(.evaluation) }
    return repeated
  }

  /// Logs what a checkpoint brought: all of it for fine-tuning, for resuming only what is amiss.
  private func log(_ weights: LoadedWeights) {
    if let tuning = plan.tuning {
      return events.info(tuning.report(weights), about: .policy)
    }
    if !weights.missing.isEmpty { events.warning("Missing key(s): \(weights.missing)") }
    if !weights.unexpected.isEmpty { events.warning("Unexpected key(s): \(weights.unexpected)") }
  }

  /// The checkpoint that was saved last, by this process or the one before.
  var lastSaved: String? {
    let resumed = plan.config.resume ? plan.checkpoint?.path : nil
    return saver.last ?? resumed.map(CheckpointLayout.original)
  }

  /// Removes what a run that was killed left half-written.
  func cleanUp() throws { try writer.cleanUp() }

  /// The loop over the steps that are left.
  ///
  /// - Parameters:
  ///   - evaluate: evaluates the policy; nil where nothing is evaluated.
  ///   - validate: validates it; nil where nothing is validated.
  ///   - recorded: returns when the metrics of the steps before are on the disk.
  func loop(
    _ loader: any BatchLoader, evaluate: Evaluate?, validate: Validate?, stop: StopRequest,
    recorded: @escaping @Sendable () -> Void
  ) throws -> TrainLoop {
    let source = try source(loader)
    var components = TrainerComponents(
      learner: learner, world: plan.world, source: source,
      preprocess: processors.preprocess, events: events,
      saving: saving(source, recorded: recorded), evaluate: evaluate,
      evaluatesAtStart: plan.options.evaluation.isAtStart, stop: stop)
    components.batchesPerStep = plan.batchesPerStep
    components.weightAverage = plan.weightAverage
    components.validation = validate.map { (plan.options.validationFrequency, $0) }
    components.selection = plan.selection
    return TrainLoop(
      config: plan.config, components: components, rates: rates, dataset: plan.dataset,
      startingAt: step, partialAverages: resumePoint?.partialAverages ?? .null,
      memory: resumePoint?.memory ?? LoopMemory())
  }

  /// A new policy's processors, or saved ones with this run's device, statistics and names.
  private static func makeProcessors(
    _ plan: RunPlan, _ events: RunEvents
  ) throws -> PolicyProcessors {
    // Those of the policy that is fine-tuned may know nothing of relative actions.
    let areRelative = plan.policy.value.absoluteJoints != nil && !plan.config.resume
    guard let checkpoint = plan.checkpoint, !areRelative else {
      return try PolicyProcessors(
        policy: plan.policy, statistics: plan.dataset.statistics,
        renameMap: plan.config.renameMap.inProcessor,
        actionNames: plan.frames.features["action"]?.names, resources: plan.resources)
    }
    var processors = try checkpoint.processors(
      of: plan.policy, resources: plan.resources, warning: events)
    processors.override(
      policy: plan.policy, statistics: plan.dataset.statistics,
      renameMap: plan.config.renameMap.inProcessor)
    return processors
  }

  /// The learning rates to begin with; generators and optimizer of a resumed run are put back.
  private static func restore(
    _ learner: any Learner, _ plan: RunPlan, _ state: TrainingState?
  ) throws -> LearningRates {
    let backend = plan.backend
    let base = learner.initialLearningRates
    var schedule = try plan.config.scheduler.map {
      try LearningRateSchedule(
        $0, baseRates: base, optimizerRate: plan.optimizer.learningRate,
        totalSteps: plan.config.steps)
    }
    guard let state, let folder = plan.checkpoint?.trainingState else {
      return LearningRates(base: base, schedule: schedule)
    }
    try backend.setRandomState(state.random.torch)
    backend.numPy.generator.engine = state.random.numPyEngine
    if let device = state.random.torchDevice { try backend.setDeviceRandomState(device) }
    let optimizers = state.optimizers
    guard
      let saved = SavedOptimizer.joined(optimizers, groupNames: learner.parameterGroupNames)
    else { return LearningRates(base: base, schedule: schedule) }
    try learner.loadOptimizer(saved)
    if let unrounded = state.resume?.unrounded { try learner.loadUnroundedState(unrounded) }
    if schedule != nil {
      guard let saved = state.schedule else {
        // Without it the schedule would begin again, with a warm-up in the middle of the run.
        throw CheckpointError.missing(file: "\(folder)/\(CheckpointLayout.scheduleState)")
      }
      try schedule?.restore(saved)
    }
    let rates = zip(saved.learningRates, base).map { $0 ?? $1 }
    return LearningRates(base: rates, schedule: schedule)
  }

  /// Where a resumed run stood, and what of its state is not there or of no use here.
  private static func resumePoint(
    _ state: TrainingState?, _ backend: any Backend
  ) throws -> (ResumePoint?, [ResumeProblem]) {
    guard let state else { return (nil, []) }
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

  /// The batches, from where a run of this program stood. What of that cannot be restored is a
  /// warning.
  func source(_ loader: any BatchLoader) throws -> any BatchSource {
    let dataset = plan.dataset
    let sampler: any Sampler =
      plan.policy.value.droppedLastFrameCount.map {
        EpisodeAwareSampler(episodes: dataset.episodeRanges, droppingLast: $0)
      } ?? RandomSampler(frameCount: dataset.frameCount)
    let source = IndexedBatches(
      dataset, sampler: sampler, loader: loader, batchSize: plan.config.batchSize,
      generator: EngineGenerator(plan.backend), world: plan.world,
      // A trace lists sums of all pictures.
      unseenCount: plan.options.tracePath == nil
        ? learner.stepsWithoutPictures * plan.batchesPerStep : 0)
    for problem in resumeProblems { events.warning(problem.description) }
    if let averages = resumePoint?.partialAverages,
      !RunMetrics.isComplete(partialAverages: averages)
    {
      events.warning(ResumeProblem.noAverages.description)
    }
    if let position = resumePoint?.position {
      for problem in try source.resume(at: position) { events.warning(problem.description) }
    }
    return source
  }
}

extension Checkpoint {
  /// The saved processors; a warning names each field of theirs that is not known here.
  func processors(
    of policy: PolicyConfig, resources: ResourceStore, warning events: RunEvents
  ) throws(CheckpointError) -> PolicyProcessors {
    try processors(of: policy, resources: resources) { file, field in
      events.warning("\(file): \(field): there is no such field here; it is dropped")
    }
  }
}

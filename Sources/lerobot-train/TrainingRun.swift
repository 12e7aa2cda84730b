import Fast
import Foundation
import LeRobotCore
import LeRobotData
import LeRobotEnvs
import Reference

/// One training, from a configuration to its last checkpoint: makes the parts in LeRobot's order,
/// on which the random numbers depend, and hands them to the loop.
final class TrainingRun {
  private var config: TrainPipelineConfig
  private var policy: PolicyConfig
  private let options: RunOptions
  private let warnings: [ConfigWarning]
  private let arguments: [String]
  private let environment: [String: String]
  private let logger = ConsoleLogger()
  private let stop = StopRequest()
  private let world: any World = SoloWorld()
  /// To the output directory, as long as the run.
  private var claim: FolderClaim?

  init(_ loaded: LoadedConfig, arguments: [String], environment: [String: String]) throws {
    let trainable = Engine.trainable(loaded.options.backend)
    guard let policy = loaded.config.policy, trainable.contains(policy.type) else {
      throw TrainingError.notTrainable(
        policy: loaded.config.policy?.type ?? "null", trainable: trainable)
    }
    if let seed = loaded.config.seed, UInt32(exactly: seed) == nil {
      throw TrainingError.unusableSeed(seed)
    }
    for (option, value, least) in [
      ("num_workers", loaded.config.workerCount, 0), ("batch_size", loaded.config.batchSize, 1),
    ] where value < least {
      throw TrainingError.tooSmall(option: option, value: value, least: least)
    }
    config = loaded.config
    self.policy = policy
    options = loaded.options
    warnings = loaded.warnings
    self.arguments = arguments
    self.environment = environment
  }

  /// Trains. Whatever can fail without libtorch fails before it is loaded.
  ///
  /// - Returns: the exit status.
  func run() throws -> Int32 {
    let suite = try openEnvironments()
    let dataset = try openDataset()
    let transforms = try makeTransforms()
    let summary = dataset.summary(name: config.dataset.repositoryID)
    let tuning = FineTuning(config, policy: policy.common, dataset: summary)
    let features = try assignedFeatures(summary, tuning)
    if suite != nil { try checkEnvironment(features) }
    let start = try RunStart(config: config, policy: policy, environment: environment)
    let backend = try makeBackend()
    policy.common.device = backend.deviceName
    config.policy = policy
    try announce(dataset, backend)
    if let seed = config.seed { try backend.engine.seed(UInt64(seed)) }
    logger.info("Creating dataset", from: .dataset)
    if suite != nil { logger.info("Creating env", from: .environment) }
    logger.info("Creating policy", from: .policy)
    policy.common.inputFeatures = features.inputFeatures
    policy.common.outputFeatures = features.outputFeatures
    config.policy = policy
    let session = try TrainingSession(
      config: config, policy: policy, backend: backend.engine, world: world, dataset: summary,
      start: start, options: options, logger: logger)
    logWeights(session, tuning)
    logSizes(summary, session)
    let kept = try keepingFrames(dataset)
    let loader = try kept.makeLoader(workerCount: config.workerCount, transforms: transforms)
    defer { loader.stop() }
    if isDryRun {
      let report = try DryRun(
        config: config, session: session, dataset: summary, loader: loader, world: world,
        logger: logger
      ).report()
      return StandardStream.output.write(report + "\n") ? 0 : 1
    }
    if world.isMain { try session.cleanUp() }
    let evaluator = suite.map {
      Evaluator(
        config: config, suite: $0, session: session, backend: backend.engine, world: world,
        stop: stop, logger: logger)
    }
    let watch = SignalWatch(stop, saves: config.savesCheckpoints)
    let (outcome, failures) = try withExtendedLifetime(watch) {
      try train(session, loader, summary, backend, evaluator)
    }
    logKeptFrames(kept)
    return finish(outcome, session, evaluation: evaluator?.latest, failedEvaluations: failures)
  }

  private var isDryRun: Bool { options.program.isDryRun }

  // MARK: - Parts

  private func openDataset() throws -> LeRobotDataset {
    let policy = policy.value
    return try LeRobotDataset.open(
      config.dataset, environment: environment,
      deltas: DeltaIndices(
        observation: policy.observationDeltaIndices, action: policy.actionDeltaIndices,
        reward: policy.rewardDeltaIndices))
  }

  /// The dataset with its decoded frames kept, as far as that is wanted and possible.
  private func keepingFrames(_ dataset: LeRobotDataset) throws -> LeRobotDataset {
    guard dataset.decodedBytes > 0 else { return dataset }
    let cache = FrameCache(
      // A dry run writes nothing.
      isDryRun && options.dataset.frameCache == .disk ? .off : options.dataset.frameCache,
      decodedBytes: dataset.decodedBytes, packedBytes: { dataset.packedBytes() },
      availableBytes: AvailableMemory().bytes,
      folder: try DatasetLocation.frameCache(of: config.dataset, environment: environment))
    logger.info(cache.description, from: .dataset)
    return dataset.keepingFrames(cache) { text in
      let line = LogLine.format(text, level: .warning, time: Date(), origin: "lerobot-train")
      StandardStream.error.write(line + "\n")
    }
  }

  /// What became of the memory that the log's first line about it promised.
  private func logKeptFrames(_ dataset: LeRobotDataset) {
    guard let kept = dataset.keptFrames else { return }
    let all = dataset.frameCount * dataset.contents.cameras.count
    logger.info(
      "Frame cache: \(kept.frames) of \(all) pictures kept in \(formatBytes(kept.bytes))",
      from: .dataset)
  }

  /// The simulations, where evaluation is asked for; what they need is missed here, not later.
  private func openEnvironments() throws -> EvaluationSuite? {
    guard let environment = config.evaluatedEnvironment else { return nil }
    return try EvaluationSuite(environment, count: config.evaluation.batchSize)
  }

  private func checkEnvironment(_ features: PolicyCommon) throws {
    try config.environment?.check(
      inputs: features.inputFeatures, outputs: features.outputFeatures,
      renameMap: features.pretrainedPath == nil ? [:] : config.renameMap)
  }

  private func makeTransforms() throws -> ImageTransforms? {
    let transforms = config.dataset.imageTransforms
    return transforms.enable ? try ImageTransforms(config: transforms) : nil
  }

  private func makeBackend() throws -> Engine {
    switch options.backend {
    case .fast:
      try Engine.fast(
        device: policy.common.device, kernels: KernelChoice(environment: environment),
        pretrainedWeights)
    case .reference: Engine.reference(pretrainedWeights)
    }
  }

  /// What a part of a new policy starts from, from a file, a cache or its server.
  private func pretrainedWeights(_ part: PretrainedPart) throws -> NamedTensors {
    try PretrainedWeights.load(part, environment: environment) { line in
      StandardStream.error.write(line + "\n")
    }
  }

  /// The first records of the log, and the output directory behind them.
  private func announce(_ dataset: LeRobotDataset, _ backend: Engine) throws {
    for warning in warnings { logger.warning(warning.description) }
    for warning in [backend.deviceWarning, backend.kernelWarning] {
      if let warning { logger.warning(warning) }
    }
    for warning in dataset.contents.warnings { logger.warning("\(warning)") }
    if !isDryRun {
      if world.isMain { try makeOutputDirectory() }
      try world.barrier()
    }
    logger.info(PythonPrettyPrinter.configuration(config.json), from: .configuration)
    logger.info("Logs will be saved locally.", from: .logger)
  }

  private func makeOutputDirectory() throws {
    let output = RunDirectory(path: config.outputDirectory ?? ".")
    if config.resume {
      claim = try output.create()
      return
    }
    let (claim, aside) = try output.prepare()
    self.claim = claim
    if let aside {
      logger.warning("what an earlier run without a checkpoint left is now in \(aside)")
    }
  }

  /// The features a run trains on; where a policy's do not fit the dataset, a table says so first.
  private func assignedFeatures(
    _ dataset: DatasetSummary, _ tuning: FineTuning?
  ) throws -> PolicyCommon {
    do throws(FeatureError) {
      return try policy.fitted(to: dataset.features, renameMap: config.renameMap).common
    } catch {
      if let tuning, !error.isOfPolicy { say(tuning.features) }
      throw error
    }
  }

  /// What a checkpoint brought: all of it for fine-tuning, for resuming only what is amiss.
  private func logWeights(_ session: TrainingSession, _ tuning: FineTuning?) {
    guard let weights = session.loadedWeights else { return }
    if let tuning { return logger.info(tuning.report(weights), from: .policy) }
    if !weights.missing.isEmpty { logger.warning("Missing key(s): \(weights.missing)") }
    if !weights.unexpected.isEmpty { logger.warning("Unexpected key(s): \(weights.unexpected)") }
  }

  private func logSizes(_ dataset: DatasetSummary, _ session: TrainingSession) {
    logger.info("Output dir: \(config.outputDirectory ?? "")", from: .outputDirectory)
    if let environment = config.environment {
      let task = environment.fields["task"] ?? .null
      logger.info("cfg.env.task=\(task.pythonRepr)", from: .environmentTask)
      logger.info("Creating environment processors", from: .environmentProcessors)
    }
    logger.info("cfg.steps=\(config.steps) (\(formatBigNumber(config.steps)))", from: .steps)
    let frames = dataset.frameCount
    logger.info("dataset.num_frames=\(frames) (\(formatBigNumber(frames)))", from: .frames)
    logger.info("dataset.num_episodes=\(dataset.episodeCount)", from: .episodes)
    let (batch, ranks) = (config.batchSize, world.size)
    logger.info(
      "Effective batch size: \(batch) x \(ranks) = \(batch * ranks)", from: .batchSize)
    let (learnable, total) = session.learner.parameterCounts
    logger.info(
      "num_learnable_params=\(learnable) (\(formatBigNumber(learnable)))",
      from: .learnableParameters)
    logger.info("num_total_params=\(total) (\(formatBigNumber(total)))", from: .totalParameters)
  }

  // MARK: - Training

  private func train(
    _ session: TrainingSession, _ loader: any BatchLoader, _ dataset: DatasetSummary,
    _ backend: Engine, _ evaluator: Evaluator?
  ) throws -> (outcome: TrainingOutcome, failedEvaluations: Int) {
    let source = try session.source(loader) { logger.warning($0.description) }
    var loop = TrainLoop(
      config: config,
      components: TrainerComponents(
        learner: session.learner, world: world, source: source,
        preprocess: session.processors.preprocess,
        reporters: world.isMain ? try makeReporters(startingAt: session.step, backend) : [],
        saving: session.saving(source), evaluate: evaluator?.evaluate, stop: stop),
      rates: session.rates, dataset: dataset, startingAt: session.step,
      partialAverages: session.resumePoint?.partialAverages ?? .null)
    logger.info("Start offline training on a fixed dataset", from: .start)
    do {
      let outcome = try loop.run()
      logger.show(progress: nil)
      return (outcome, loop.state.failedEvaluations)
    } catch {
      logger.show(progress: nil)
      // A checkpoint may belong to an earlier step than the one under way when it goes wrong.
      throw TrainingFailure(
        step: (error as? CheckpointError)?.step ?? loop.state.currentStep, cause: error,
        lastCheckpoint: session.lastSaved)
    }
  }

  private func makeReporters(
    startingAt step: Int, _ backend: Engine
  ) throws -> [any TrainingReporter] {
    let output = RunDirectory(path: config.outputDirectory ?? ".")
    var reporters: [any TrainingReporter] = [
      ConsoleReporter(logger: logger, steps: config.steps, startingAt: step),
      PaceReporter(logger: logger, workerCount: config.workerCount, environment: environment),
      try MetricsFileReporter(path: output.metricsFile, resumingAt: step) { [logger] in
        logger.warning($0)
      },
    ]
    if let path = options.tracePath {
      reporters.append(
        try TraceReporter(
          path: path, versions: backend.versions, threads: backend.threads,
          arguments: arguments))
    }
    return reporters
  }

  /// The last words: where the checkpoint lies and what to do with it.
  ///
  /// - Returns: the exit status; 3 where training ended well and an evaluation did not.
  private func finish(
    _ outcome: TrainingOutcome, _ session: TrainingSession, evaluation: EvaluationSummary?,
    failedEvaluations: Int
  ) -> Int32 {
    switch outcome {
    case .finished:
      logger.info("End of training", from: .end)
      if let path = session.lastSaved { say(NextSteps.finished(checkpoint: path, config)) }
      if let evaluation { say(NextSteps.evaluated(evaluation)) }
      return failedEvaluations == 0 ? 0 : 3
    case .interrupted(let step, let signal):
      if let path = session.lastSaved {
        say(NextSteps.interrupted(step: step, of: config.steps, checkpoint: path))
      }
      return SignalWatch.exitStatus(after: signal)
    }
  }

  private func say(_ text: String) {
    StandardStream.error.write(text + "\n")
  }
}

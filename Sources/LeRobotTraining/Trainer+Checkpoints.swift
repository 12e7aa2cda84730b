import LeRobotCore

/// What the trainer saves.
extension Trainer {
  /// What the loop saves with.
  ///
  /// - Parameter recorded: returns when the metrics of the steps before are on the disk; called on
  ///   the saver's thread, so that a run that is killed has them for every checkpoint.
  func saving(_ source: any BatchSource, recorded: @escaping @Sendable () -> Void) -> Saving {
    Saving(
      begin: { [self] in try beginCheckpoint($0, source, recorded) },
      finished: { [saver, events] in
        if let failure = saver.takeSelectionFailure() { events.warning("\(failure)") }
        return try saver.finishedCheckpoints(waiting: $0)
      },
      select: { [saver] in saver.select(best: $0.best?.step, removing: $0.dropped) })
  }

  /// Begins to write the checkpoint of where the loop stands. What changes with the next step is
  /// taken here, the weights and the optimizer as a snapshot.
  private func beginCheckpoint(
    _ loop: LoopState, _ source: any BatchSource, _ recorded: @escaping @Sendable () -> Void
  ) throws {
    // Two snapshots at a time would take the memory of two.
    saver.wait()
    let snapshot = try learner.snapshot()
    let policy = plan.policy.json.pythonText(indent: 4)
    let train = plan.config.json.pythonText(indent: 4)
    let (card, processors) = (modelCard(step: loop.step), processors)
    let training = try trainingState(loop, source)
    let groupNames = learner.parameterGroupNames
    let ownOptions = learner.parameterGroupOptions
    let bestSteps = loop.selection?.steps ?? []
    let tied = plan.policy.value.tiedNames
    snapshot.copies.beginReading()
    try saver.begin { [optimizer = plan.optimizer, savedOptions] in
      let state = snapshot.state
      recorded()
      var training = training
      training.optimizers = SavedOptimizer.split(
        optimizer, state: state.optimizer, groupNames: groupNames,
        learningRates: loop.rates.current,
        initialLearningRates: loop.rates.schedule?.baseRates, ownOptions: ownOptions,
        saved: savedOptions)
      var contents = CheckpointContents(
        step: loop.step, weights: state.weights, policyConfig: policy, trainConfig: train,
        modelCard: card, processors: processors, trainingState: training)
      (contents.averagedWeights, contents.bestSteps) = (state.average, bestSteps)
      contents.tiedNames = tied
      contents.confirm = { () throws(WeightError) in try snapshot.copies.confirm() }
      return contents
    }
  }

  /// The training state but for the optimizer.
  private func trainingState(
    _ loop: LoopState, _ source: any BatchSource
  ) throws -> TrainingState {
    let torch = try plan.backend.randomState()
    var states = random ?? RandomStates(seed: UInt64(plan.config.seed ?? 0), torch: torch)
    states.torch = torch
    states.numPyEngine = plan.backend.numPy.generator.engine
    states.torchDevice = try plan.backend.deviceRandomState()
    var memory = loop.memory
    memory.selection = loop.selection?.state ?? .null
    var resume = ResumePoint(
      position: source.position, partialAverages: loop.metrics.partialAverages, memory: memory
    ).state
    resume.unrounded = try learner.unroundedState()
    return TrainingState(
      step: loop.step, optimizers: [:], schedule: loop.rates.schedule?.state, random: states,
      resume: resume, options: plan.options.saved)
  }

  /// Writes the policy alone into a new folder, for a run that saves no checkpoints.
  func writePolicy(to folder: String, step: Int) throws {
    var contents = CheckpointContents(
      step: step, weights: try learner.weights(),
      policyConfig: plan.policy.json.pythonText(indent: 4),
      trainConfig: plan.config.json.pythonText(indent: 4), processors: processors,
      trainingState: TrainingState(
        step: step, optimizers: [:],
        random: RandomStates(seed: 0, torch: try plan.backend.randomState())))
    contents.tiedNames = plan.policy.value.tiedNames
    try FileSystem.remove(folder)
    try FileSystem.createDirectory(folder)
    try contents.writePolicy(to: folder)
  }

  private func modelCard(step: Int) -> String { plan.modelCard(step: step).text }
}

/// How a training loop ended.
package enum TrainingOutcome: Sendable, Equatable {
  /// All steps are done.
  case finished
  /// A signal asked for the end after this step, which is saved; its evaluation, where one was
  /// due, is left to the run that resumes.
  case interrupted(step: Int, signal: Int32)
}

/// The training loop: its steps in order, again and again.
package struct TrainLoop {
  package let steps: [any LoopStep]
  package private(set) var state: LoopState

  /// - Parameter steps: one of them, `UpdateStep`, advances `state.step`.
  package init(_ state: LoopState, steps: [any LoopStep]) {
    self.state = state
    self.steps = steps
  }

  /// Trains until all steps are done or until a stop is asked for; returns when every checkpoint is
  /// on the disk.
  package mutating func run() throws -> TrainingOutcome {
    do {
      try runSteps()
    } catch {
      // The checkpoint under way may still become whole; the first error is the one to tell.
      for step in steps { try? step.end(&state) }
      throw error
    }
    for step in steps { try step.end(&state) }
    guard let signal = state.stopSignal, !state.isComplete || state.hasWorkLeft else {
      return .finished
    }
    return .interrupted(step: state.step, signal: signal)
  }

  private mutating func runSteps() throws {
    for step in steps { try step.begin(&state) }
    while !state.isComplete, state.stopSignal == nil {
      let before = state.step
      for step in steps where step.isDue(state) { try step.run(&state) }
      precondition(state.step > before, "TrainLoop: no step trains")
    }
  }
}

extension TrainLoop {
  /// LeRobot's order of events (`scripts/lerobot_train.py`, `train`).
  ///
  /// - Parameters:
  ///   - dataset: its frames and episodes are what the log counts in.
  ///   - step: steps done before, when a run is resumed.
  ///   - partialAverages: of the log interval that was under way then.
  ///   - memory: what the loop remembered then.
  package init(
    config: TrainPipelineConfig, components: TrainerComponents, rates: LearningRates,
    dataset: DatasetSummary, startingAt step: Int, partialAverages: JSONValue = .null,
    memory: LoopMemory = LoopMemory()
  ) {
    var metrics = RunMetrics(
      batchSize: components.samplesPerStep(config), frameCount: dataset.frameCount,
      episodeCount: dataset.episodeCount, initialStep: step)
    metrics.restore(partialAverages: partialAverages)
    var selection = components.selection
    selection?.restore(memory.selection)
    let state = LoopState(
      totalSteps: config.steps, step: step, rates: rates, metrics: metrics,
      selection: selection, memory: memory)
    self.init(state, steps: Self.steps(config, components))
  }

  /// The steps of a run, in order.
  package static func steps(
    _ config: TrainPipelineConfig, _ components: TrainerComponents
  ) -> [any LoopStep] {
    let save = SaveStep(
      components, frequency: config.saveFrequency, isEnabled: config.savesCheckpoints)
    return [
      UpdateStep(components),
      AverageStep(components),
      ReportCheckpointsStep(components),
      LogStep(components, frequency: config.logFrequency),
      AgreeOnStopStep(components),
      ValidateStep(components),
      save,
      EvaluateStep(components, frequency: config.evaluationFrequency),
      // Due only where a stop broke the evaluation off, or where it found one of the best.
      save,
      SelectStep(components),
    ]
  }
}

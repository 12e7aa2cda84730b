/// How a training loop ended.
package enum TrainingOutcome: Sendable, Equatable {
  /// All steps are done.
  case finished
  /// A signal asked for the end after this step, which is saved; its evaluation, where one was
  /// due, is left to the run that resumes.
  case interrupted(step: Int, signal: Int32)
}

/// Where a training loop stands after a step, for a checkpoint.
package struct LoopState: Sendable {
  /// Steps done.
  package var step: Int
  package var rates: LearningRates
  /// With the averages of the log interval that is under way.
  package var metrics: MetricsTracker
}

/// How a training loop saves: what is written, and when, is not its business.
package struct Saving {
  /// Begins a checkpoint of where the loop stands; waits for one that is still being written.
  package var begin: (LoopState) throws -> Void
  /// The checkpoints written since it was asked last; with true, waits for the one under way.
  /// Throws what went wrong with it.
  package var written: (Bool) throws -> [WrittenCheckpoint]

  package init(
    begin: @escaping (LoopState) throws -> Void,
    written: @escaping (Bool) throws -> [WrittenCheckpoint]
  ) {
    self.begin = begin
    self.written = written
  }
}

/// The parts a training loop turns with: made once at the start, shared by nobody else.
package struct TrainingParts {
  package var learner: any Learner
  package var world: any World
  package var stream: BatchStream
  package var rates: LearningRates
  /// Normalises a batch as the policy wants it.
  package var preprocess: (Batch) throws -> Batch
  package var reporters: [any TrainingReporter]
  package var saving: Saving
  /// Evaluates the policy in simulation; nil where nothing is evaluated.
  package var evaluate: Evaluate?
  package var stop: StopRequest

  package init(
    learner: any Learner, world: any World = SoloWorld(), stream: BatchStream, rates: LearningRates,
    preprocess: @escaping (Batch) throws -> Batch, reporters: [any TrainingReporter],
    saving: Saving, evaluate: Evaluate? = nil, stop: StopRequest
  ) {
    self.learner = learner
    self.world = world
    self.stream = stream
    self.rates = rates
    self.preprocess = preprocess
    self.reporters = reporters
    self.saving = saving
    self.evaluate = evaluate
    self.stop = stop
  }
}

/// The training loop: LeRobot's order of events, once for every policy and engine.
///
/// LeRobot `scripts/lerobot_train.py`, `train`.
package struct TrainLoop {
  let config: TrainPipelineConfig
  var parts: TrainingParts
  /// Frames and episodes of the dataset.
  let counts: (frames: Int, episodes: Int)
  private var metrics: MetricsTracker
  /// Steps done.
  package private(set) var step: Int
  /// The step that the loop is at: being done, or the last one while it is reported, saved or
  /// evaluated.
  package private(set) var currentStep: Int
  /// Evaluations that broke down.
  package internal(set) var failedEvaluations = 0

  /// - Parameters:
  ///   - frameCount: frames of the dataset, for the epoch count of the log.
  ///   - episodeCount: episodes of the dataset, for the episode count of the log.
  ///   - step: steps done before, when a run is resumed.
  ///   - partialAverages: of the log interval that was under way then.
  package init(
    config: TrainPipelineConfig, parts: TrainingParts, frameCount: Int, episodeCount: Int,
    startingAt step: Int, partialAverages: JSONValue = .null
  ) {
    self.config = config
    self.parts = parts
    self.step = step
    currentStep = step
    counts = (frameCount, episodeCount)
    metrics = MetricsTracker(
      batchSize: config.batchSize, frameCount: frameCount, episodeCount: episodeCount,
      meters: MetricsTracker.trainingMeters, initialStep: step)
    metrics.restore(partialAverages: partialAverages)
  }

  /// Trains until `config.steps` or until a stop is asked for; returns when every checkpoint is on
  /// the disk.
  package mutating func run() throws -> TrainingOutcome {
    let outcome: TrainingOutcome
    do {
      outcome = try turn()
    } catch {
      // The checkpoint under way may still become whole; the first error is the one to tell.
      _ = try? reportWritten(waiting: true)
      throw error
    }
    try reportWritten(waiting: true)
    return outcome
  }

  private mutating func turn() throws -> TrainingOutcome {
    if try !makeUpForEvaluation(), let signal = parts.stop.signal {
      return .interrupted(step: step, signal: signal)
    }
    while step < config.steps {
      try advance()
      try reportWritten(waiting: false)
      if isDue(config.logFrequency) { try logAverages() }
      let signal = parts.stop.signal
      let saves = shouldSave || signal != nil
      if saves { try saveCheckpoint() }
      if let signal {
        if step < config.steps || shouldEvaluate { return .interrupted(step: step, signal: signal) }
      } else if shouldEvaluate, try !evaluate(), let signal = parts.stop.signal {
        if !saves { try saveCheckpoint() }
        return .interrupted(step: step, signal: signal)
      }
    }
    return .finished
  }

  /// One step: batch, forward, backward, optimizer, schedule.
  private mutating func advance() throws {
    currentStep = step + 1
    let clock = ContinuousClock()
    let start = clock.now
    let batch = try parts.preprocess(parts.stream.next())
    let loaded = clock.now
    for reporter in parts.reporters { try reporter.willUpdate(parts.learner) }
    let updating = clock.now
    try parts.learner.accumulate(batch, weight: 1)
    let result = try parts.learner.step(learningRates: parts.rates.now, world: parts.world)
    parts.rates.step()
    step += 1
    let record = StepRecord(
      step: step, result: result, learningRate: parts.rates.now.first ?? 0,
      updateSeconds: (clock.now - updating).seconds, dataSeconds: (loaded - start).seconds)
    metrics.add(record)
    for reporter in parts.reporters { try reporter.didUpdate(record, batch: batch) }
  }

  /// True after every `frequency` steps; never where it is 0, by which LeRobot divides.
  func isDue(_ frequency: Int) -> Bool {
    frequency > 0 && step.isMultiple(of: frequency)
  }

  private var shouldSave: Bool {
    isDue(config.saveFrequency) || step == config.steps
  }

  private mutating func logAverages() throws {
    for reporter in parts.reporters { try reporter.didAverage(metrics) }
    metrics.resetAverages()
  }

  /// Begins a checkpoint; training goes on while it is written.
  private func saveCheckpoint() throws {
    guard config.savesCheckpoints else { return }
    for reporter in parts.reporters { reporter.willSave(step: step) }
    let clock = ContinuousClock()
    let start = clock.now
    try parts.saving.begin(LoopState(step: step, rates: parts.rates, metrics: metrics))
    let seconds = (clock.now - start).seconds
    for reporter in parts.reporters { reporter.didBeginSaving(step: step, seconds: seconds) }
  }

  private func reportWritten(waiting: Bool) throws {
    for checkpoint in try parts.saving.written(waiting) {
      for reporter in parts.reporters { reporter.didSave(checkpoint) }
    }
  }
}

extension MetricsTracker {
  /// Counts a training step and adds what it reports.
  fileprivate mutating func add(_ record: StepRecord) {
    step()
    update("loss", record.result.loss)
    update("grad_norm", record.result.gradientNorm)
    update("lr", record.learningRate)
    update("update_s", record.updateSeconds)
    update("dataloading_s", record.dataSeconds)
  }
}

extension Duration {
  /// The duration as a floating-point number of seconds.
  package var seconds: Double {
    Double(components.seconds) + Double(components.attoseconds) * 1e-18
  }
}

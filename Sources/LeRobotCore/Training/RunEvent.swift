/// A part that a run makes before it trains.
package enum RunPart: Sendable, Equatable {
  /// What logs the run: Weights & Biases, or this machine alone.
  case logger(isSynced: Bool)
  case dataset
  case environment
  case policy
  case optimizer
}

/// How grave a log record is, under Python's names.
package enum LogLevel: String, Sendable, CaseIterable {
  case debug = "DEBUG"
  case info = "INFO"
  case warning = "WARNING"
  case error = "ERROR"
}

/// A message to the user.
package struct LogRecord: Sendable, Equatable {
  package var level: LogLevel
  package var message: String
  /// The part of the run that it is about, where there is one.
  package var part: RunPart?

  package init(_ level: LogLevel, _ message: String, about part: RunPart? = nil) {
    self.level = level
    self.message = message
    self.part = part
  }
}

/// What is known of a run once all its parts are made.
package struct RunSummary: Sendable, Equatable {
  package var outputDirectory: String
  /// The task of the environment, `.null` where it has none; nil without an environment.
  package var environmentTask: JSONValue?
  /// Steps of the whole run.
  package var steps: Int
  package var frameCount: Int
  package var episodeCount: Int
  /// Of one rank.
  package var batchSize: Int
  /// Ranks that train together.
  package var worldSize: Int
  /// Batches whose gradients make a step.
  package var batchesPerStep = 1
  /// Parameters that are trained, and all of them, counted in scalars.
  package var learnableCount: Int
  package var parameterCount: Int

  package init(
    outputDirectory: String, environmentTask: JSONValue?, steps: Int, frameCount: Int,
    episodeCount: Int, batchSize: Int, worldSize: Int = 1, learnableCount: Int,
    parameterCount: Int
  ) {
    self.outputDirectory = outputDirectory
    self.environmentTask = environmentTask
    self.steps = steps
    self.frameCount = frameCount
    self.episodeCount = episodeCount
    self.batchSize = batchSize
    self.worldSize = worldSize
    self.learnableCount = learnableCount
    self.parameterCount = parameterCount
  }
}

/// How a run ended.
package enum RunEnding: Sendable, Equatable {
  case finished
  /// A signal asked for the end after this step.
  case interrupted(step: Int, signal: Int32)
  /// An error ended it in this step.
  case failed(step: Int)

  package init(_ outcome: TrainingOutcome) {
    switch outcome {
    case .finished: self = .finished
    case .interrupted(let step, let signal): self = .interrupted(step: step, signal: signal)
    }
  }
}

/// What happens in a run, told when it happens.
package enum RunEvent: Sendable {
  /// The configuration is resolved; nothing has been opened yet.
  case configured(TrainPipelineConfig)
  /// A part of the run is made next.
  case preparing(RunPart)
  /// All parts are made.
  case prepared(RunSummary)
  /// Training begins, after `step` steps that were done before this process.
  case began(step: Int)
  /// A step is done; `batch` is what the policy saw, for observers that read batches.
  case stepped(StepRecord, batch: Batch?)
  /// A log interval is over, with these averages.
  case interval(RunMetrics)
  /// A checkpoint of this step is begun.
  case saving(step: Int)
  /// Training continues after `seconds` of standing still; the checkpoint is yet to be written.
  case savingBegun(step: Int, seconds: Double)
  /// A checkpoint is on the disk, some steps after it was begun.
  case saved(WrittenCheckpoint)
  /// The policy is evaluated in simulation next.
  case evaluating(step: Int)
  /// How far a longer work is, in a line; nil when it is over.
  case progress(String?)
  /// How far a download or an upload is; the last one of it says that it is done.
  case transferring(TransferProgress)
  /// An evaluation is done; the metrics hold what its log line shows.
  case evaluated(EvaluationSummary, RunMetrics)
  /// The policy is validated on held-out frames next.
  case validating(step: Int)
  /// A validation is done; the metrics hold its numbers.
  case validated(ValidationSummary, RunMetrics)
  /// An evaluation or a validation failed; training continues.
  case evaluationFailed(step: Int, reason: String)
  case logged(LogRecord)
  case ended(RunEnding)
}

extension RunEvent {
  /// What may be lost of events that a slow observer has no time for.
  package enum Weight: Sendable {
    /// One of very many, replaced by the next one.
    case sample
    /// The sum of an interval.
    case interval
    /// Anything else, which is rare and must arrive.
    case essential
  }

  package var weight: Weight {
    switch self {
    case .stepped, .progress: .sample
    case .transferring(let progress): progress.isDone ? .essential : .sample
    case .interval: .interval
    case .configured, .preparing, .prepared, .began, .saving, .savingBegun, .saved, .evaluating,
      .evaluated, .validating, .validated, .evaluationFailed, .logged, .ended:
      .essential
    }
  }

  /// The event without the batch of a step.
  package var withoutBatch: RunEvent {
    if case .stepped(let record, _) = self { .stepped(record, batch: nil) } else { self }
  }
}

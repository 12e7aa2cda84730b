import Foundation
import LeRobotCore

/// LeRobot's log lines on standard error and, on a terminal, a line of progress below them.
package final class ConsoleObserver: EventConsumer {
  package let name = "the console"
  private let log: ConsoleLog
  /// Of the whole run.
  private var steps = 0
  private var progress: ProgressLine?
  /// When transfers were last logged, in their seconds.
  private var logged: [String: Double] = [:]
  private static let secondsBetweenLines = 10.0

  package init(_ log: ConsoleLog = ConsoleLog()) {
    self.log = log
  }

  package func consume(_ event: RunEvent) {
    switch event {
    case .configured(let config):
      info(PythonPrettyPrinter.configuration(config.json), .configuration)
    case .preparing(let part): info(part.announcement, LogSource(part))
    case .prepared(let summary): announce(summary)
    case .began(let step):
      info("Start offline training on a fixed dataset", .start)
      progress = log.isTerminal ? ProgressLine(steps: steps, startingAt: step) : nil
    case .stepped(let record, _):
      if let line = progress?.text(after: record) { log.show(progress: line) }
    case .interval(let metrics): info(MetricsLine.training(metrics), .metrics)
    case .saving(let step): info("Checkpoint policy after step \(step)", .checkpoint)
    case .savingBegun: break
    case .saved(let checkpoint):
      if let leftover = checkpoint.leftover { warning("\(leftover)") }
    case .evaluating(let step): info("Eval policy at step \(step)", .evaluation)
    case .progress(let line): log.show(progress: line)
    case .transferring(let transfer): show(transfer)
    case .evaluated(let summary, let metrics): report(summary, metrics)
    case .validating(let step): info("Validate policy at step \(step)", .evaluation)
    case .validated(let summary, let metrics): report(summary, step: metrics.steps)
    case .evaluationFailed(let step, let reason):
      log.show(progress: nil)
      warning("step \(step) could not be evaluated: \(reason); training continues")
    case .logged(let record): write(record)
    case .ended(let ending):
      log.show(progress: nil)
      if ending == .finished { info("End of training", .end) }
    }
  }

  private func report(_ summary: EvaluationSummary, _ metrics: RunMetrics) {
    log.show(progress: nil)
    for problem in summary.problems { warning(problem) }
    for (suite, info) in summary.info {
      self.info("Suite \(suite) aggregated: \(info.pythonRepr)", .suite)
    }
    info(MetricsLine.evaluation(metrics), .results)
  }

  private func report(_ summary: ValidationSummary, step: Int) {
    log.show(progress: nil)
    info("step \(step): \(ValidationLines.losses(summary))", .results)
    for line in ValidationLines.errors(summary) { log.log(.info, line, from: LogSource.ownOrigin) }
  }

  /// On a terminal the progress line; in a file a line at the beginning, at the end, and now and then.
  private func show(_ transfer: TransferProgress) {
    log.show(progress: transfer.isDone ? nil : transfer.line)
    let isDue = transfer.seconds >= (logged[transfer.name] ?? -1) + Self.secondsBetweenLines
    guard transfer.isDone || !log.isTerminal && isDue else { return }
    logged[transfer.name] = transfer.isDone ? nil : transfer.seconds
    log.log(.info, transfer.line, from: LogSource.ownOrigin)
  }

  /// The sizes of the run.
  private func announce(_ summary: RunSummary) {
    steps = summary.steps
    info("Output dir: \(summary.outputDirectory)", .outputDirectory)
    if let task = summary.environmentTask {
      info("cfg.env.task=\(task.pythonRepr)", .environmentTask)
      info("Creating environment processors", .environmentProcessors)
    }
    info("cfg.steps=\(Self.counted(summary.steps))", .steps)
    info("dataset.num_frames=\(Self.counted(summary.frameCount))", .frames)
    info("dataset.num_episodes=\(summary.episodeCount)", .episodes)
    let (batch, ranks) = (summary.batchSize, summary.worldSize)
    let accumulated = summary.batchesPerStep
    let factor = accumulated > 1 ? " x \(accumulated) grad accum" : ""
    info(
      "Effective batch size: \(batch) x \(ranks)\(factor) = \(batch * ranks * accumulated)",
      .batchSize)
    if accumulated > 1 {
      log.log(
        .info,
        "A step is one of the optimizer and takes \(accumulated) batches; LeRobot's main branch counts "
          + "the batches as steps", from: LogSource.ownOrigin)
    }
    info("num_learnable_params=\(Self.counted(summary.learnableCount))", .learnableParameters)
    info("num_total_params=\(Self.counted(summary.parameterCount))", .totalParameters)
  }

  /// `1200 (1K)`.
  private static func counted(_ number: Int) -> String {
    "\(number) (\(formatBigNumber(number)))"
  }

  private func write(_ record: LogRecord) {
    let origin = record.part.map { LogSource($0).origin } ?? LogSource.ownOrigin
    log.log(record.level, record.message, from: origin)
  }

  private func info(_ message: String, _ source: LogSource) {
    log.log(.info, message, from: source.origin)
  }

  private func warning(_ message: String) {
    log.log(.warning, message, from: LogSource.ownOrigin)
  }
}

extension RunPart {
  /// What LeRobot's log says before it makes the part.
  fileprivate var announcement: String {
    switch self {
    case .logger(let isSynced):
      isSynced ? "Logs will be synced with wandb." : "Logs will be saved locally."
    case .dataset: "Creating dataset"
    case .environment: "Creating env"
    case .policy: "Creating policy"
    case .optimizer: "Creating optimizer and scheduler"
    }
  }
}

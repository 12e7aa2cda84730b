import LeRobotCore
import LeRobotLogging

extension RunPlan {
  /// Adds what observes the training beside the console: pace, `metrics.jsonl`, trace.
  ///
  /// - Returns: the observer of `metrics.jsonl`, which has to be up to date in every checkpoint.
  func addObservers(to events: RunEvents, _ trainer: Trainer) throws -> QueuedObserver {
    let warn: @Sendable (String) -> Void = { events.warning($0) }
    events.add(
      QueuedObserver(
        PaceObserver(workerCount: config.workerCount, environment: environment) { events.info($0) },
        warn: warn))
    let metrics = QueuedObserver(
      try MetricsFileObserver(path: output.metricsFile, resumingAt: trainer.step, warn: warn),
      warn: warn)
    events.add(metrics)
    if let path = options.tracePath {
      let header = TraceHeader(
        versions: setup.versions, threads: setup.threads, arguments: arguments,
        initialWeights: try trainer.learner.weights())
      // Eight batches in memory are enough; a trace must hold every step.
      events.add(
        QueuedObserver(
          try TraceObserver(path: path, header: header), overflow: .wait, capacity: 8, warn: warn))
    }
    return metrics
  }
}

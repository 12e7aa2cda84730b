import Foundation
import LeRobotCore
import LeRobotData
import LeRobotLogging

extension RunPlan {
  /// Adds what observes the training beside the console: pace, `metrics.jsonl`, `run.json`, the first
  /// batch, `report.html`, TensorBoard, Weights & Biases, trace.
  ///
  /// - Returns: the observer of `metrics.jsonl`, which has to be up to date in every checkpoint.
  func addObservers(to events: RunEvents, _ trainer: Trainer) throws -> QueuedObserver {
    let warn: @Sendable (String) -> Void = { events.warning($0) }
    func add(_ consumer: sending any EventConsumer) {
      events.add(QueuedObserver(consumer, warn: warn))
    }
    add(PaceObserver(workerCount: config.workerCount, environment: environment) { events.info($0) })
    let metrics = QueuedObserver(
      try MetricsFileObserver(
        path: output.metricsFile, resumingAt: trainer.step, repeating: trainer.repeated, warn: warn),
      warn: warn)
    events.add(metrics)
    let firstBatch = FirstBatchObserver(
      cameras: Array(policy.common.imageFeatures.keys), output, warn: warn)
    events.add(firstBatch)
    // What the others show of earlier processes is what metrics.jsonl has kept of them.
    let earlier = RunHistory(of: output, isResumed: config.resume)
    let description = description(trainer, earlier.description?.processes ?? [])
    add(DescriptionFileObserver(description, in: output))
    var history = earlier
    history.description = description
    if options.writesReport { add(ReportObserver(history, in: output)) }
    if options.tensorBoard.isEnabled {
      add(
        TensorBoardObserver(
          history, firstBatch: { firstBatch.pictures }, picture: VideoPicture.of(path:)))
    }
    if let wandb { add(wandb.observer(description, output, earlier: earlier)) }
    try addTrace(to: events, trainer, warn)
    return metrics
  }

  private func addTrace(
    to events: RunEvents, _ trainer: Trainer, _ warn: @escaping @Sendable (String) -> Void
  ) throws {
    guard let path = options.tracePath else { return }
    let header = TraceHeader(
      versions: setup.versions, threads: setup.threads, arguments: arguments,
      initialWeights: try trainer.learner.weights())
    // Eight batches in memory are enough; a trace must hold every step.
    events.add(
      QueuedObserver(
        try TraceObserver(path: path, header: header), overflow: .wait, capacity: 8, warn: warn))
  }

  /// The run as `run.json` keeps it, with this process after earlier ones.
  private func description(_ trainer: Trainer, _ earlier: [RunProcess]) -> RunDescription {
    let (learnable, total) = trainer.learner.parameterCounts
    let process = RunProcess(
      began: Date().timeIntervalSince1970, firstStep: trainer.step,
      command: [Version.command] + arguments, identity: .current)
    return RunDescription(
      name: config.jobName ?? "", steps: config.steps,
      batchSize: config.batchSize * batchesPerStep,
      worldSize: world.size, frameCount: dataset.frameCount, episodeCount: dataset.episodeCount,
      learnableCount: learnable, parameterCount: total,
      parameterGroups: trainer.learner.parameterGroupNames, config: config.json,
      settings: ConfigReport.settings(config, origins.config, options, origins.options),
      versions: setup.versions,
      machine: .current(device: setup.deviceName), processes: earlier + [process])
  }
}

/// Pictures of an evaluation's videos, for observers that show no videos.
enum VideoPicture {
  /// A strip of frames; nil where the video cannot be read.
  @Sendable static func of(path: String) -> JPEGPicture? {
    guard let strip = try? VideoStrip.image(path), let jpeg = try? JPEGEncoder.encode(strip) else {
      return nil
    }
    return JPEGPicture(jpeg: jpeg, width: strip.width, height: strip.height)
  }
}

extension RunHistory {
  /// What earlier processes left of a run that is resumed; nothing of a new one.
  fileprivate init(of output: RunDirectory, isResumed: Bool) {
    // Without a run.json, as of a release before 0.2, the lines of metrics are all there is.
    self =
      isResumed
      ? (try? RunReader(output.path).history) ?? Self(folder: output.path)
      : Self(folder: output.path)
  }
}

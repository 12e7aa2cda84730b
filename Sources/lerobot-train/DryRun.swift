import Foundation
import LeRobotCore

/// A few steps of a run that writes nothing, and what they say about the whole.
struct DryRun {
  let config: TrainPipelineConfig
  let session: TrainingSession
  let dataset: DatasetSummary
  let loader: any BatchLoader
  let world: any World
  let logger: ConsoleLogger
  /// The first step warms up; the others are measured.
  private let stepCount = 4

  init(
    config: TrainPipelineConfig, session: TrainingSession, dataset: DatasetSummary,
    loader: any BatchLoader, world: any World, logger: ConsoleLogger
  ) {
    self.config = config
    self.session = session
    self.dataset = dataset
    self.loader = loader
    self.world = world
    self.logger = logger
  }

  /// Trains a few steps in memory, in the loop of every run, and describes the run.
  func report() throws -> String {
    let pace = StepPace()
    let components = TrainerComponents(
      learner: session.learner, world: world,
      source: try session.source(loader) { logger.warning($0.description) },
      preprocess: session.processors.preprocess, reporters: [pace],
      saving: Saving(begin: { _ in }, finished: { _ in [] }), stop: StopRequest())
    let metrics = MetricsTracker(
      batchSize: config.batchSize * world.size, frameCount: dataset.frameCount,
      episodeCount: dataset.episodeCount, meters: MetricsTracker.trainingMeters,
      initialStep: session.step)
    var loop = TrainLoop(
      LoopState(
        totalSteps: session.step + stepCount, step: session.step, rates: session.rates,
        metrics: metrics),
      steps: [UpdateStep(components)])
    _ = try loop.run()
    return describe(secondsPerStep: pace.secondsPerStep, waiting: pace.waiting)
  }

  private func describe(secondsPerStep: Double, waiting: Double) -> String {
    let steps = max(0, config.steps - session.step)
    let (learnable, total) = session.learner.parameterCounts
    let checkpoints = checkpointCount
    // Weights and the optimizer's two averages, four bytes each.
    let bytes = (total + 2 * learnable) * 4
    return """
      parameters   \(total) (\(formatBigNumber(total))), \(learnable) trained
      memory       \(formatBytes(Self.peakBytes)) at its peak so far
      time         \(Self.seconds(secondsPerStep)) a step, \(Self.seconds(waiting)) of it waiting for data
      whole run    \(ProgressLine.clock(Double(steps) * secondsPerStep)) for \(steps) steps
      evaluation   \(evaluation)
      disk         \(formatBytes(bytes)) a checkpoint, \(checkpoints) of them: \(formatBytes(bytes * checkpoints))
      Nothing was written.
      """
  }

  private var evaluation: String {
    guard let environment = config.evaluatedEnvironment else { return "none" }
    return "\(config.evaluation.episodeCount) episodes of \(environment.type) after every "
      + "\(config.evaluationFrequency) steps and after the last"
  }

  private var checkpointCount: Int {
    guard config.savesCheckpoints else { return 0 }
    let steps = max(0, config.steps - session.step)
    guard config.saveFrequency > 0 else { return 1 }
    return (steps + config.saveFrequency - 1) / config.saveFrequency
  }

  /// The most memory this process had, in bytes.
  private static var peakBytes: Int {
    var usage = rusage()
    getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
    return usage.ru_maxrss * 1024
  }

  private static func seconds(_ seconds: Double) -> String {
    seconds >= 1 ? String(format: "%.2f s", seconds) : String(format: "%.0f ms", seconds * 1e3)
  }
}

/// Averages the times of all steps but the first.
private final class StepPace: TrainingReporter {
  private var records: [StepRecord] = []

  func didUpdate(_ record: StepRecord, batch: Batch) { records.append(record) }

  /// Seconds of a step, waiting included.
  var secondsPerStep: Double { mean { $0.dataSeconds + $0.updateSeconds } }
  /// Seconds that a step waits for its batch.
  var waiting: Double { mean(\.dataSeconds) }

  private func mean(_ seconds: (StepRecord) -> Double) -> Double {
    let measured = records.dropFirst()
    return measured.map(seconds).reduce(0, +) / Double(max(1, measured.count))
  }
}

import Foundation
import LeRobotCore
import LeRobotLogging
import Synchronization

/// A few steps of a run that writes nothing, and what they say about the whole.
struct DryRun {
  private let trainer: Trainer
  private let loader: any BatchLoader
  /// The first step warms up; the others are measured.
  private let stepCount = 4

  init(_ trainer: Trainer, _ loader: any BatchLoader) {
    self.trainer = trainer
    self.loader = loader
  }

  private var config: TrainPipelineConfig { trainer.plan.config }
  /// Steps that the run has left.
  private var stepsLeft: Int { max(0, config.steps - trainer.step) }

  /// Trains a few steps in memory, in the loop of every run, and describes the run.
  func report() throws -> String {
    let (pace, world, dataset) = (StepPace(), trainer.plan.world, trainer.plan.dataset)
    let components = TrainerComponents(
      learner: trainer.learner, world: world, source: try trainer.source(loader),
      preprocess: trainer.processors.preprocess, events: RunEvents([pace]),
      saving: Saving(begin: { _ in }, finished: { _ in [] }), stop: StopRequest())
    let metrics = RunMetrics(
      batchSize: config.batchSize * world.size, frameCount: dataset.frameCount,
      episodeCount: dataset.episodeCount, initialStep: trainer.step)
    var loop = TrainLoop(
      LoopState(
        totalSteps: trainer.step + stepCount, step: trainer.step, rates: trainer.rates,
        metrics: metrics),
      steps: [UpdateStep(components)])
    _ = try loop.run()
    return describe(secondsPerStep: pace.secondsPerStep, waiting: pace.waiting)
  }

  private func describe(secondsPerStep: Double, waiting: Double) -> String {
    let steps = stepsLeft
    let (learnable, total) = trainer.learner.parameterCounts
    let memory = trainer.learner.memory
    return """
      parameters   \(total) (\(formatBigNumber(total))), \(learnable) trained
      memory       \(formatBytes(Self.peakBytes)) at its peak so far
      of it        \(formatBytes(memory.total)): \(formatBytes(memory.weights)) weights, \(formatBytes(memory.gradients)) gradients, \(formatBytes(memory.moments)) optimizer
      time         \(Self.seconds(secondsPerStep)) a step, \(Self.seconds(waiting)) of it waiting for data
      whole run    \(formatClock(Double(steps) * secondsPerStep)) for \(steps) steps
      evaluation   \(evaluation)
      disk         \(trainer.diskForecast.text)
      Nothing was written.
      """
  }

  private var evaluation: String {
    guard let environment = config.evaluatedEnvironment else { return "none" }
    return "\(config.evaluation.episodeCount) episodes of \(environment.type) after every "
      + "\(config.evaluationFrequency) steps and after the last"
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
private final class StepPace: RunObserver {
  private let records = Mutex<[StepRecord]>([])

  func receive(_ event: RunEvent) {
    if case .stepped(let record, _) = event { records.withLock { $0.append(record) } }
  }

  /// Seconds of a step, waiting included.
  var secondsPerStep: Double { mean { $0.dataSeconds + $0.updateSeconds } }
  /// Seconds that a step waits for its batch.
  var waiting: Double { mean(\.dataSeconds) }

  private func mean(_ seconds: (StepRecord) -> Double) -> Double {
    let measured = records.withLock { $0.dropFirst() }
    return measured.map(seconds).reduce(0, +) / Double(max(1, measured.count))
  }
}

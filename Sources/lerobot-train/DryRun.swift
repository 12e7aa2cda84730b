import Foundation
import LeRobotCore

/// A few steps of a run that writes nothing, and what they say about the whole.
struct DryRun {
  let config: TrainPipelineConfig
  let session: TrainingSession
  let loader: any BatchLoader
  /// The first step warms up; the others are measured.
  private let stepCount = 4

  init(config: TrainPipelineConfig, session: TrainingSession, loader: any BatchLoader) {
    self.config = config
    self.session = session
    self.loader = loader
  }

  /// Trains a few steps in memory and describes the run.
  func report() throws -> String {
    let stream = try session.stream(loader)
    let clock = ContinuousClock()
    var (waiting, whole) = (0.0, 0.0)
    for step in 0..<stepCount {
      let start = clock.now
      let batch = try session.processors.preprocess(stream.next())
      let loaded = clock.now
      try session.learner.accumulate(batch, weight: 1)
      _ = try session.learner.step(learningRates: session.rates.now, world: SoloWorld())
      guard step > 0 else { continue }
      waiting += (loaded - start).seconds / Double(stepCount - 1)
      whole += (clock.now - start).seconds / Double(stepCount - 1)
    }
    return describe(secondsPerStep: whole, waiting: waiting)
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

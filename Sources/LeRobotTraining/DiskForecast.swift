import LeRobotCore

/// What a run's checkpoints will take of the disk, worked out before it begins.
package struct DiskForecast: Equatable {
  /// Bytes of one: weights, their average, and what the optimizer remembers of them.
  let checkpointBytes: Int
  /// Checkpoints that the run writes.
  let written: Int
  /// Those that are there at the same time, at most: a new one is whole before an old one goes.
  let atOnce: Int
  /// Weights that stay for Weights & Biases when their checkpoint goes.
  let keptWeights: Int
  private let weightBytes: Int
  /// Bytes that are free now; nil where the system does not tell.
  let free: Int?

  package init(
    _ memory: LearnerMemory, _ config: TrainPipelineConfig, keeping: Int?, stepsLeft: Int,
    keepsWeights: Bool, free: Int?
  ) {
    checkpointBytes = memory.weights + memory.moments + memory.average
    weightBytes = memory.weights
    let written = Self.count(config, stepsLeft)
    self.written = written
    atOnce = keeping.map { $0 < written ? $0 + 1 : written } ?? written
    keptWeights = keepsWeights ? written - min(written, keeping ?? written) : 0
    self.free = free
  }

  private static func count(_ config: TrainPipelineConfig, _ stepsLeft: Int) -> Int {
    guard config.savesCheckpoints, stepsLeft > 0 else { return 0 }
    guard config.saveFrequency > 0 else { return 1 }
    return 1 + (stepsLeft - 1) / config.saveFrequency
  }

  /// Bytes of all; `Int.max` where that cannot be counted.
  package var bytes: Int {
    let (checkpoints, isBeyond) = checkpointBytes.multipliedReportingOverflow(by: atOnce)
    let (weights, isAlsoBeyond) = weightBytes.multipliedReportingOverflow(by: keptWeights)
    let (sum, isTooMuch) = checkpoints.addingReportingOverflow(weights)
    return isBeyond || isAlsoBeyond || isTooMuch ? .max : sum
  }

  package var text: String {
    let most = atOnce < written ? ", \(atOnce) at a time" : ""
    let room = free.map { "; \(formatBytes($0)) are free" } ?? ""
    return "\(formatBytes(checkpointBytes)) a checkpoint, \(written) of them\(most): "
      + "\(formatBytes(bytes))\(room)"
  }

  /// What to tell the user before the run begins; nil where everything fits.
  ///
  /// - Parameter folder: the run's.
  package func warning(_ folder: String) -> String? {
    guard let free, bytes > free else { return nil }
    return "\(folder): \(formatBytes(free)) are free, and the run's checkpoints will take "
      + "\(formatBytes(bytes)) (\(written) of \(formatBytes(checkpointBytes))); keep fewer by "
      + "--keep_checkpoints=2, write fewer by a larger --save_freq, or choose another --output_dir"
  }
}

extension Trainer {
  /// What the checkpoints of the steps that are left will take. The best ones stay beside the newest.
  var diskForecast: DiskForecast {
    let best = plan.selection == nil ? 0 : plan.options.selection.count
    return DiskForecast(
      learner.memory, plan.config, keeping: plan.options.keptCheckpoints.map { $0 + best },
      stepsLeft: max(0, plan.config.steps - step),
      keepsWeights: plan.config.wandb.enable && !plan.config.wandb.disablesArtifact,
      free: FileSystem.freeBytes(of: plan.output.path))
  }
}

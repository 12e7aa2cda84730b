import Foundation
import LeRobotCore
import LeRobotLogging

/// Logs a run to Weights & Biases as LeRobot does (`rl/wandb_utils.py`): always into a file that
/// `wandb sync` uploads, and at once through wandb-core where that is wanted and there.
package final class WandBObserver: EventConsumer {
  package let name = "Weights & Biases"
  private let settings: WandBSettings
  private let config: JSONValue
  private let description: RunDescription
  private let output: RunDirectory
  private let earlier: RunHistory
  private let lines: ConsoleLines
  private let service: WandBService?
  private let now: () -> Double
  private var writer: WandBWriter?
  private var hasBegun = false
  private var system = SystemMetrics()
  private var nextMeasurement = 0.0

  /// - Parameters:
  ///   - config: as LeRobot's logger is given it.
  ///   - description: of the run, with this process.
  ///   - earlier: what a resumed run's earlier processes wrote, up to the step it continues at.
  ///   - lines: collects the console's.
  ///   - service: nil where nothing is uploaded beside the training.
  ///   - now: seconds since 1970.
  package init(
    _ settings: WandBSettings, config: TrainPipelineConfig, _ description: RunDescription,
    _ output: RunDirectory, earlier: RunHistory, lines: ConsoleLines, service: WandBService?,
    now: @escaping () -> Double = { Date().timeIntervalSince1970 }
  ) {
    self.settings = settings
    self.config = config.json
    self.description = description
    self.output = output
    self.earlier = earlier
    self.lines = lines
    self.service = service
    self.now = now
  }

  package func consume(_ event: RunEvent) throws {
    if case .began = event { hasBegun = true }
    guard hasBegun else { return }
    // Where the disk was full at first, the file begins later.
    let writer = try self.writer ?? open()
    self.writer = writer
    try writer.add(lines: lines.take())
    switch event {
    case .stepped(let record, _):
      try writer.flush(before: record.step)
      try measure(writer)
    case .interval(let metrics):
      try writer.add(MetricsRecord(training: metrics), in: output.path)
    case .evaluated(let summary, let metrics):
      let record = MetricsRecord(evaluation: metrics, summary, folder: output.path)
      try writer.add(record, in: output.path)
      try writer.flush()
    case .validated(_, let metrics):
      try writer.add(MetricsRecord(validation: metrics), in: output.path)
    case .saved(let checkpoint): try writer.add(checkpoint: checkpoint.path)
    case .ended: try writer.end(at: now())
    case .configured, .preparing, .prepared, .began, .saving, .savingBegun, .evaluating, .progress,
      .transferring, .validating, .evaluationFailed, .logged:
      break
    }
  }

  private func open() throws -> WandBWriter {
    let began = description.processes.last?.began ?? now()
    let folder = URL(filePath: FileManager.default.currentDirectoryPath).path
    let run = WandBRun(
      settings: settings, config: config, startTime: began, git: GitCommit(at: folder),
      host: description.machine.host)
    let root = URL(filePath: output.path).standardized.path
    let writer = try WandBWriter(
      run, description, in: RunDirectory(path: root).weightsAndBiases, root: root,
      earlierSeconds: earlier.seconds, service: service)
    try writer.catchUp(earlier, in: root)
    return writer
  }

  private func measure(_ writer: WandBWriter) throws {
    let time = now()
    guard time >= nextMeasurement else { return }
    nextMeasurement = time + settings.measurementInterval
    try writer.add(stats: system.measure(), time: time)
  }
}

extension WandBWriter {
  /// Adds what a run's folder holds and earlier W&B files lack: of processes that were killed, or that
  /// logged no W&B at all. The last step's row stays open: its evaluation may be made again.
  func catchUp(_ history: RunHistory, in root: String) throws {
    for record in history.records { try add(record, in: root) }
    let run = RunDirectory(path: root)
    for name in run.checkpointNames { try add(checkpoint: "\(run.checkpoints)/\(name)") }
  }
}

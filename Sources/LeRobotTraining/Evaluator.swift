import Foundation
import LeRobotCore
import LeRobotData
import LeRobotEnvs

/// Evaluates the policy in training and writes the result into the run's folder.
final class Evaluator {
  /// The latest evaluation's result.
  private(set) var latest: EvaluationSummary?

  private let plan: RunPlan
  private let suite: EvaluationSuite
  private let policy: any EvaluatedPolicy
  private let stop: StopRequest
  private let events: RunEvents
  /// As many videos as LeRobot's training script makes.
  private let videoCount = 4

  init(
    _ suite: EvaluationSuite, _ trainer: Trainer, stop: StopRequest, _ events: RunEvents
  ) {
    plan = trainer.plan
    self.suite = suite
    policy = LearnerInSimulation(trainer.learner, processors: trainer.processors)
    self.stop = stop
    self.events = events
  }

  /// Evaluates the policy as it is after a step.
  ///
  /// It draws from the generators, like LeRobot's. They are put back after an evaluation that was
  /// broken off or failed, so that it can be repeated; and with several ranks, which must stay alike,
  /// after any.
  ///
  /// - Returns: nil when a stop was asked for meanwhile.
  func evaluate(step: Int) throws -> EvaluationSummary? {
    try plan.backend.undoingDraws(keepsDraws: plan.world.size == 1) { try run(step: step) }
  }

  private func run(step: Int) throws -> EvaluationSummary? {
    let (config, output) = (self.plan.config, self.plan.output)
    let name = CheckpointLayout.name(step: step, totalSteps: config.steps)
    let videos = "\(output.evaluations)/videos_step_\(name)"
    let file = "\(output.evaluations)/eval_info_step_\(name).json"
    try FileManager.default.removeIfThere(videos)
    let plan = EvaluationPlan(
      episodeCount: config.evaluation.episodeCount, firstSeed: config.seed.map(UInt64.init),
      videoCount: videoCount, videoFolder: videos)
    var progress = EvaluationLine()
    defer { events.send(.progress(nil)) }
    let report = try suite.evaluate(policy, plan: plan, openVideo: VideoFile.init) { state in
      if let line = progress.text(state) { events.send(.progress(line)) }
      return stop.signal == nil
    }
    guard let report else {
      try FileManager.default.removeIfThere(videos)
      return nil
    }
    try FileManager.default.createDirectory(
      atPath: output.evaluations, withIntermediateDirectories: true)
    let info = JSONValue.object(report.info(withSeeds: true))
    try TextFile.write(info.pythonText(indent: 2), to: file)
    latest = report.summary(file: file)
    return latest
  }
}

/// An MP4 file as an evaluation writes it.
private final class VideoFile: VideoSink {
  private let writer: VideoWriter

  init(path: String, width: Int, height: Int, fps: Int) throws {
    try FileManager.default.createDirectory(
      at: URL(filePath: path).deletingLastPathComponent(), withIntermediateDirectories: true)
    writer = try VideoWriter(path: path, width: width, height: height, fps: fps)
  }

  func add(_ frame: EnvironmentImage) throws { try writer.add(frame.pixels) }
  func finish() throws { try writer.close() }
}

/// The text of the progress line while a policy is evaluated.
private struct EvaluationLine {
  private var shown: ContinuousClock.Instant?

  /// Nil when the last one was shown less than a tenth of a second ago.
  mutating func text(_ progress: EvaluationProgress) -> String? {
    let now = ContinuousClock.now
    if let shown, now - shown < .milliseconds(100) { return nil }
    shown = now
    return "evaluating: \(progress)"
  }
}

extension FileManager {
  /// Removes a file or folder, where there is one.
  fileprivate func removeIfThere(_ path: String) throws {
    if fileExists(atPath: path) { try removeItem(atPath: path) }
  }
}

import Foundation
import LeRobotCore
import LeRobotData
import LeRobotEnvs

extension EvaluationPlan {
  /// What a configuration asks for.
  ///
  /// - Parameters:
  ///   - count: the most episodes of a task that get a video.
  ///   - folder: where the videos go.
  init(_ config: TrainPipelineConfig, filming count: Int, into folder: String) {
    self.init(
      episodeCount: config.evaluation.episodeCount, firstSeed: config.seed.map(UInt64.init),
      videoCount: count, videoFolder: folder)
  }
}

extension EvaluationSuite {
  /// The tasks of a configuration's environment, in which the policy can act.
  ///
  /// - Parameter settings: how environments of Python are served.
  init(
    _ environment: EnvironmentConfig, _ config: TrainPipelineConfig, for policy: PolicyConfig,
    settings: () throws(EnvironmentError) -> BridgeSettings
  ) throws(EnvironmentError) {
    try self.init(environment, count: config.evaluation.batchSize, settings: settings)
    self.policy = PolicyInterface(
      inputs: policy.common.inputFeatures, outputs: policy.common.outputFeatures,
      renameMap: config.renameMap)
    try check()
  }

  /// Evaluates a policy, shows how far it is, and writes every episode's numbers and videos.
  ///
  /// - Parameters:
  ///   - file: for the numbers; videos go where the plan says. What was there is replaced.
  ///   - stop: ends the evaluation when it asks for it.
  ///   - keepsFinished: whether a stop leaves the episodes that are finished.
  /// - Returns: nil when a stop was asked for and nothing is left of it.
  func evaluate(
    _ policy: any EvaluatedPolicy, plan: EvaluationPlan, into file: String, stop: StopRequest,
    keepsFinished: Bool = false, _ events: RunEvents
  ) throws -> EvaluationReport? {
    let videos = plan.videoFolder
    if let videos { try FileManager.default.removeIfThere(videos) }
    var progress = EvaluationLine()
    defer { events.send(.progress(nil)) }
    let report = try evaluate(
      policy, plan: plan, openVideo: VideoFile.init, keepsFinished: keepsFinished
    ) { state in
      if let line = progress.text(state) { events.send(.progress(line)) }
      return stop.signal == nil
    }
    if let videos, report?.isWhole != true {
      let kept = report?.tasks.flatMap(\.videoPaths) ?? []
      try FileManager.default.removeFiles(in: videos, except: kept)
    }
    guard let report else { return nil }
    try FileManager.default.createDirectory(
      at: URL(filePath: file).deletingLastPathComponent(), withIntermediateDirectories: true)
    let info = JSONValue.object(report.info(withSeeds: true))
    try TextFile.write(info.pythonText(indent: 2), to: file)
    return report
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

  /// Removes the files of a folder but some, and the folders that are empty then, itself too.
  fileprivate func removeFiles(in folder: String, except kept: [String]) throws {
    guard let names = try? contentsOfDirectory(atPath: folder) else { return }
    for path in names.map({ "\(folder)/\($0)" }) where !kept.contains(path) {
      var isFolder: ObjCBool = false
      _ = fileExists(atPath: path, isDirectory: &isFolder)
      isFolder.boolValue ? try removeFiles(in: path, except: kept) : try removeItem(atPath: path)
    }
    if try contentsOfDirectory(atPath: folder).isEmpty { try removeItem(atPath: folder) }
  }
}

import Foundation
import LeRobotCore
import LeRobotLogging

/// Makes the W&B file of a run from what its folder holds, for a run that was logged without it or
/// whose file lacks something.
package enum WandBRebuild {
  /// What became of it.
  package enum Outcome: Equatable {
    case written(path: String)
    /// The files that are there hold everything.
    case complete
  }

  /// - Parameters:
  ///   - history: of the run.
  ///   - variables: the process's; `WANDB_ENTITY` and the like count.
  /// - Throws: what reading and writing files throws.
  package static func run(
    _ history: RunHistory, config: TrainPipelineConfig, _ variables: [String: String]
  ) throws -> Outcome {
    let root = URL(filePath: history.folder).standardized.path
    let parent = RunDirectory(path: root).weightsAndBiases
    guard let description = history.description,
      let settings = settings(config, variables, folder: parent)
    else { return .complete }
    let stored = WandBFileContents(of: settings.runID, in: parent)
    guard !stored.holds(history, settings) else { return .complete }
    let run = WandBRun(
      settings: settings, config: description.config,
      startTime: description.began ?? Date().timeIntervalSince1970, git: nil,
      host: description.machine.host)
    let writer = try WandBWriter(
      run, description, in: parent, root: root, earlierSeconds: 0, service: nil)
    try writer.catchUp(history, in: root)
    try writer.end(at: history.records.last?.moment?.time ?? run.startTime)
    return .written(path: writer.path)
  }

  /// The command that uploads what was not uploaded yet; nil where nothing is left.
  package static func syncCommand(
    _ history: RunHistory, config: TrainPipelineConfig, _ variables: [String: String]
  ) -> String? {
    let folder = RunDirectory(path: history.folder).weightsAndBiases
    guard let settings = settings(config, variables, folder: folder) else { return nil }
    return WandBFiles.syncCommand(of: settings.runID, in: folder)
  }

  /// Offline, and under the name that the run's files have, where there are some.
  private static func settings(
    _ config: TrainPipelineConfig, _ variables: [String: String], folder: String
  ) -> WandBSettings? {
    var config = config
    (config.wandb.enable, config.wandb.mode, config.resume) = (true, "offline", true)
    return WandBSettings(config, .init(), variables, folder: folder)
  }
}

extension WandBFileContents {
  /// Whether every row and every checkpoint of a run is in the files.
  fileprivate func holds(_ history: RunHistory, _ settings: WandBSettings) -> Bool {
    let hasRows = history.records.allSatisfy { record in lastStep.map { record.step <= $0 } ?? false
    }
    let names = RunDirectory(path: history.folder).checkpointNames
    return hasRows
      && (!settings.sendsArtifacts
        || names.allSatisfy {
          artifacts.contains(WandBArtifact.name(tags: settings.fullTags, step: $0))
        })
  }
}

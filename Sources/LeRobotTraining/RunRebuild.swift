import Foundation
import LeRobotCore
import LeRobotLogging
import LeRobotWandB

/// Makes what shows a run that is over, from the files in its folder: the page, TensorBoard's files and
/// the W&B file.
package struct RunRebuild {
  /// What was made: paths of files, and what else there is to say, a line each.
  package private(set) var files: [String] = []
  package private(set) var notes: [String] = []

  /// - Parameters:
  ///   - path: the run's folder, or a checkpoint in it.
  ///   - environment: the process's variables; those of Weights & Biases count.
  /// - Throws: `RunReadingError` where no run is, or one that still trains; what writing files throws.
  package init(_ path: String, environment: [String: String]) throws {
    let history = try RunReader(path).history
    let run = RunDirectory(path: history.folder)
    guard history.status() != .running else { throw RunReadingError.running(history.folder) }
    let page = ReportPage([history], now: Date().timeIntervalSince1970)
    try TextFile.replace(run.report, by: page.html)
    files.append(run.report)
    files.append(
      try TensorBoardFiles.rebuild(from: history, picture: VideoPicture.of(path:)).path)
    try writeWandB(history, run, environment)
  }

  private mutating func writeWandB(
    _ history: RunHistory, _ run: RunDirectory, _ environment: [String: String]
  ) throws {
    guard let description = history.description,
      let config = ConfigSchema.builtIn.config(canonical: description.config)
    else {
      notes.append("\(run.path): without run.json there is no file for Weights & Biases")
      return
    }
    switch try WandBRebuild.run(history, config: config, environment) {
    case .written(let path): files.append(path)
    case .complete: notes.append("\(run.weightsAndBiases) holds everything already")
    }
    if let command = WandBRebuild.syncCommand(history, config: config, environment) {
      notes.append("Upload to Weights & Biases: \(command)")
    }
  }
}

import Foundation

/// The folder a run writes to: `checkpoints/`, `metrics.jsonl`, `eval/`, and what shows the run.
package struct RunDirectory: Sendable {
  package let path: String
  /// What a run itself writes there.
  package static let ownEntries: Set = [
    "metrics.jsonl", "metrics.jsonl.unfinished", "metrics.jsonl.damaged", "checkpoints", "eval",
    "run.json", "run.json.unfinished", "report.html", "report.html.unfinished", "first_batch",
    "tensorboard", "wandb", "validation",
  ]

  package init(path: String) {
    self.path = path
  }

  package var metricsFile: String { path + "/metrics.jsonl" }
  /// What the run is and where it ran.
  package var descriptionFile: String { path + "/run.json" }
  /// The page that shows the run.
  package var report: String { path + "/report.html" }
  /// Pictures of the first batch, a file for each camera.
  package var firstBatch: String { path + "/first_batch" }
  package var tensorBoard: String { path + "/tensorboard" }
  package var weightsAndBiases: String { path + "/wandb" }
  package var checkpoints: String { path + "/checkpoints" }
  /// The checkpoints that are there, by name; none where the folder cannot be read.
  package var checkpointNames: [String] {
    ((try? FileSystem.list(checkpoints)) ?? []).filter { CheckpointLayout.step(name: $0) != nil }
  }
  /// Results of validations on held-out frames.
  package var validations: String { path + "/validation" }

  /// The result of a validation, of a step's name as checkpoints have it.
  package func validationFile(named step: String) -> String { "\(validations)/step_\(step).json" }

  /// The result of a step's validation; nil where there is none. How names are padded is not known.
  package func validationFile(step: Int) -> String? {
    let names = (try? FileSystem.list(validations)) ?? []
    return names.first { name in
      name.wholeMatch(of: /step_(\d+)\.json/).flatMap { Int($0.output.1) } == step
    }.map { "\(validations)/\($0)" }
  }

  /// Results and videos of evaluations.
  package var evaluations: String { path + "/eval" }

  /// Makes the folder for a new run.
  ///
  /// A folder without a checkpoint that holds only what a run itself writes is the trace of a
  /// crash: it is moved aside, under the name returned, where LeRobot would refuse to start.
  ///
  /// - Returns: the run's claim to the folder, to be kept until it ends.
  package func prepare() throws(TrainingError) -> (claim: FolderClaim, movedTo: String?) {
    let manager = FileManager.default
    var isFolder: ObjCBool = false
    if manager.fileExists(atPath: path, isDirectory: &isFolder) {
      guard isFolder.boolValue else {
        throw .outputDirectoryInUse(path: path, reason: "is a file, not a folder")
      }
      // A run that has not saved yet leaves the same trace as one that crashed.
      let claim = try FolderClaim(path)
      let entries = (try? manager.contentsOfDirectory(atPath: path)) ?? []
      if entries.isEmpty { return (claim, nil) }
      let movedTo = try moveAside(entries)
      return (try create(), movedTo)
    }
    return (try create(), nil)
  }

  /// Makes the folder where it is not there, and claims it.
  package func create() throws(TrainingError) -> FolderClaim {
    do throws(FileError) {
      try FileSystem.createDirectory(path)
    } catch {
      throw .file(error)
    }
    return try FolderClaim(path)
  }

  /// Renames the folder of a run that saved nothing to `path.1`, `path.2`, …
  private func moveAside(_ entries: [String]) throws(TrainingError) -> String {
    if let stranger = entries.sorted().first(where: { !Self.ownEntries.contains($0) }) {
      throw .outputDirectoryInUse(path: path, reason: "holds \(stranger), which no training wrote")
    }
    let manager = FileManager.default
    let saved = (try? manager.contentsOfDirectory(atPath: checkpoints)) ?? []
    if let checkpoint = saved.sorted().first(where: { $0.allSatisfy(\.isNumber) }) {
      throw .outputDirectoryInUse(path: path, reason: "holds checkpoint \(checkpoint)")
    }
    var number = 1
    while manager.fileExists(atPath: "\(path).\(number)") { number += 1 }
    do {
      try manager.moveItem(atPath: path, toPath: "\(path).\(number)")
    } catch {
      throw .cannotWrite(path: path, reason: error.localizedDescription)
    }
    return "\(path).\(number)"
  }
}

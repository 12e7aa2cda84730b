import LeRobotCore

/// Keeps `run.json`: what the run is, which processes train it, and how each ended.
package final class DescriptionFileObserver: EventConsumer {
  package let name = "run.json"
  private var description: RunDescription
  private let path: String

  /// - Parameter description: with all processes of the run, the one that begins at last.
  package init(_ description: RunDescription, in run: RunDirectory) {
    (self.description, path) = (description, run.descriptionFile)
  }

  package func consume(_ event: RunEvent) throws {
    switch event {
    case .began: try write()
    case .ended(let ending):
      description.end(ending)
      try write()
    case .configured, .preparing, .prepared, .stepped, .interval, .saving, .savingBegun, .saved,
      .evaluating, .progress, .transferring, .evaluated, .validating,
      .validated, .evaluationFailed, .logged:
      break
    }
  }

  private func write() throws(FileError) {
    try TextFile.replace(path, by: description.json.pythonText(indent: 1) + "\n")
  }
}

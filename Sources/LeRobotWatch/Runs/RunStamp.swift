import LeRobotCore

/// By what a change of a run's files is known without reading them.
struct RunStamp: Equatable {
  let description: FileStamp?
  let metrics: FileStamp?
  let firstBatch: FileStamp?
  let report: FileStamp?
  /// Whether the folder is there.
  let isThere: Bool

  init(_ run: RunDirectory) {
    description = FileStamp(run.descriptionFile)
    metrics = FileStamp(run.metricsFile)
    firstBatch = FileStamp(run.firstBatch)
    report = FileStamp(run.report)
    isThere = FileSystem.isDirectory(run.path)
  }
}

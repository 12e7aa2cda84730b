import Foundation
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

/// A file's number on its disk, its length and when it was last written.
struct FileStamp: Equatable {
  private let number: UInt64
  private let size: Int
  private let seconds: Int
  private let nanoseconds: Int

  /// - Returns: nil where there is no file.
  init?(_ path: String) {
    var information = stat()
    guard stat(path, &information) == 0 else { return nil }
    number = UInt64(information.st_ino)
    size = Int(information.st_size)
    (seconds, nanoseconds) = (information.st_mtim.tv_sec, information.st_mtim.tv_nsec)
  }
}

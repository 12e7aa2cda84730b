import Foundation
import LeRobotCore

/// The folder of one process's W&B files: `offline-run-DATE-ID` below the run's `wandb/`, as wandb
/// makes it, so that `wandb sync` and LeRobot find it.
struct WandBFolder {
  let path: String
  let runID: String
  /// `20261202_003827`.
  let date: String
  private let parent: String

  /// Makes the folder, and `latest-run`, which points at it.
  init(_ parent: String, runID: String, startTime: Double) throws(FileError) {
    self.parent = parent
    self.runID = runID
    var time = startTime
    var (date, path) = ("", "")
    repeat {
      date = Self.date(time)
      path = "\(parent)/offline-run-\(date)-\(runID)"
      // A run that is resumed within the same second.
      time += 1
    } while FileSystem.exists(path)
    (self.date, self.path) = (date, path)
    for name in ["files", "logs"] { try FileSystem.createDirectory("\(path)/\(name)") }
    let link = "\(parent)/latest-run"
    try FileSystem.remove(link)
    try FileSystem.link(link, to: FileSystem.name(of: path))
  }

  var file: String { "\(path)/run-\(runID).wandb" }
  var files: String { "\(path)/files" }
  var logs: String { "\(path)/logs" }
  /// By this file `wandb sync` knows that nothing is left to upload.
  var syncedMark: String { file + Self.syncedSuffix }
  static let syncedSuffix = ".synced"

  /// Gives a file a further name below the folder; copies it where the disk has no further names.
  func take(_ file: String, as name: String) throws(FileError) -> String {
    let target = "\(path)/\(name)"
    if let folder = FileSystem.parent(of: target) { try FileSystem.createDirectory(folder) }
    try FileSystem.remove(target)
    do {
      try FileManager.default.linkItem(atPath: file, toPath: target)
    } catch {
      do {
        try FileManager.default.copyItem(atPath: file, toPath: target)
      } catch {
        throw .system(.create, path: target, code: EIO)
      }
    }
    return target
  }

  private static func date(_ time: Double) -> String {
    var (seconds, parts) = (time_t(time), tm())
    localtime_r(&seconds, &parts)
    return String(
      format: "%04d%02d%02d_%02d%02d%02d", parts.tm_year + 1900, parts.tm_mon + 1, parts.tm_mday,
      parts.tm_hour, parts.tm_min, parts.tm_sec)
  }
}

/// The W&B files of a run.
package enum WandBFiles {
  /// The commands that upload them, in order: the later ones add to the run. Nil where there are none.
  package static func syncCommand(of runID: String, in folder: String) -> String? {
    let files = WandBFileContents.files(of: runID, in: folder)
    // What an earlier process uploaded stays; what follows a file that is missing there adds to it.
    let missing = files.enumerated().filter { !FileSystem.exists($1 + WandBFolder.syncedSuffix) }
    guard !missing.isEmpty else { return nil }
    return missing.map { index, file in
      let folder = FileSystem.parent(of: file) ?? file
      return "wandb sync \(index > 0 ? "--append " : "")\(folder.shellQuoted)"
    }.joined(separator: " && ")
  }
}

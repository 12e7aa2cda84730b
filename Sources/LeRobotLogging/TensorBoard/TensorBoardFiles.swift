import Foundation
import LeRobotCore

/// The event files of a run's folder.
///
/// A run has one file that holds all of it. Resuming writes that file again, from what `metrics.jsonl`
/// still holds: points of steps that are made again are gone, and points that were lost are back. The
/// new file gets a name that comes after the old one's, and the old one is emptied, not removed:
/// TensorBoard without its data server reads file after file in the order of their names, and a
/// removed file is one that it never gets past.
package enum TensorBoardFiles {
  /// Writes a run's event file from scratch, in the place of those that are there.
  ///
  /// A process that is killed in it leaves the old file or the new one. Both may be there for a
  /// moment; the new one tells its readers to forget the old one's points.
  ///
  /// - Parameters:
  ///   - history: of a run that no process is writing event files for.
  ///   - picture: a JPEG picture of a video, by its path; nil for one that cannot be shown.
  /// - Returns: the file, to be continued.
  /// - Throws: `FileError`; the files are then as they were.
  @discardableResult
  package static func rebuild(
    from history: RunHistory,
    picture: @escaping @Sendable (String) -> JPEGPicture? = { _ in nil }
  ) throws(FileError) -> EventFileWriter {
    let folder = RunDirectory(path: history.folder).tensorBoard
    try FileSystem.createDirectory(folder)
    let earlier = try FileSystem.list(folder).filter { $0.hasPrefix(prefix) }
    // TensorBoard reads whatever has `tfevents` in its name.
    let unfinished = "\(folder)/events.unfinished"
    do throws(FileError) {
      try write(history, TensorBoardEvents(history, picture: picture), to: unfinished)
    } catch {
      try? FileSystem.remove(unfinished)
      throw error
    }
    let path = "\(folder)/\(name(after: earlier))"
    try FileSystem.rename(unfinished, to: path)
    for name in earlier { try empty("\(folder)/\(name)") }
    return try EventFileWriter(continuing: path)
  }

  private static func write(
    _ history: RunHistory, _ events: TensorBoardEvents, to path: String
  ) throws(FileError) {
    let file = try EventFileWriter(creating: path, time: Date().timeIntervalSince1970)
    for event in events.opening { try file.append(event) }
    if let event = events.event(history.firstBatch) { try file.append(event) }
    for record in history.records { try file.append(events.event(record)) }
    if let event = events.ending { try file.append(event) }
    try file.sync()
  }

  /// Removes a file that was emptied earlier; by now TensorBoard has gone past it.
  private static func empty(_ path: String) throws(FileError) {
    if FileSystem.size(of: path) == 0 {
      try FileSystem.remove(path)
    } else {
      _ = try RawFile(writing: path)
    }
  }

  private static let prefix = "events.out.tfevents."

  /// `events.out.tfevents.SECONDS.HOST.PROCESS.0`, as TensorFlow names them.
  ///
  /// The seconds are later than those of all earlier files, even where the clock was set back.
  static func name(after earlier: [String]) -> String {
    let last = earlier.compactMap { name in
      name.dropFirst(prefix.count).split(separator: ".").first.flatMap { Int($0) }
    }.max()
    let seconds = max(Int(Date().timeIntervalSince1970), (last ?? 0) + 1)
    let host = ProcessInfo.processInfo.hostName.replacing("/", with: "_")
    return "\(prefix)\(seconds).\(host).\(getpid()).0"
  }
}

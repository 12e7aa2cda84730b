import LeRobotCore
import LeRobotLogging

/// A run as it was read last.
package struct WatchedState: Sendable {
  /// Whether the run's files can be read.
  package enum Condition: Sendable, Equatable {
    case readable
    /// The folder is empty: no run has begun in it yet.
    case waiting
    /// The folder is no longer there.
    case gone
    /// What went wrong, in a line.
    case unreadable(String)
  }

  package var history: RunHistory
  package var condition: Condition
  /// Whether `report.html` is in the folder.
  package var hasReport: Bool

  package init(
    _ history: RunHistory, _ condition: Condition = .readable, hasReport: Bool = false
  ) {
    (self.history, self.condition, self.hasReport) = (history, condition, hasReport)
  }
}

/// A run that is read again whenever its files have changed.
package final class WatchedRun {
  package private(set) var state: WatchedState
  /// The run's folder.
  private let folder: String
  private var reader: RunReader?
  private var stamp: RunStamp

  /// - Parameters:
  ///   - path: the run's folder, or a checkpoint's inside it.
  ///   - waits: takes an empty folder too, for a run that is about to begin.
  /// - Throws: `RunReadingError` where no run is.
  package init(_ path: String, waits: Bool) throws(RunReadingError) {
    do throws(RunReadingError) {
      let reader = try RunReader(path)
      self.reader = reader
      folder = reader.history.folder
    } catch {
      guard waits, case .noRun = error, Self.mayBegin(path) else { throw error }
      folder = FileSystem.trimmed(path)
    }
    stamp = RunStamp(RunDirectory(path: folder))
    state = WatchedState(
      reader?.history ?? RunHistory(folder: folder), reader == nil ? .waiting : .readable)
    state.hasReport = FileSystem.exists(RunDirectory(path: folder).report)
  }

  /// Whether a folder holds nothing that a run does not write itself.
  private static func mayBegin(_ path: String) -> Bool {
    guard let names = try? FileSystem.list(path) else { return false }
    return RunDirectory.ownEntries.isSuperset(of: names)
  }

  /// Reads what is new.
  ///
  /// - Returns: whether the files have changed.
  @discardableResult
  package func refresh() -> Bool {
    let directory = RunDirectory(path: folder)
    let present = RunStamp(directory)
    guard present != stamp else { return false }
    stamp = present
    state.hasReport = present.report != nil
    read(directory)
    return true
  }

  private func read(_ directory: RunDirectory) {
    guard FileSystem.isDirectory(folder) else {
      (state.condition, reader) = (.gone, nil)
      return
    }
    guard stamp.metrics != nil || stamp.description != nil else {
      state = WatchedState(RunHistory(folder: folder), .waiting, hasReport: state.hasReport)
      reader = nil
      return
    }
    do throws(RunReadingError) {
      if let reader { try reader.refresh() } else { reader = try RunReader(folder) }
      state.condition = .readable
      if let reader { state.history = reader.history }
    } catch {
      state.condition = .unreadable(error.description)
    }
  }
}

import Foundation
import LeRobotCore

/// Log records in LeRobot's format on standard error, and a progress line below them.
///
/// Belongs to one thread.
package final class ConsoleLog {
  /// Whether standard error is a terminal that can redraw a line.
  package let isTerminal: Bool
  private var progress: String?
  private let now: () -> Date
  private let write: (String) -> Void

  package init(
    isTerminal: Bool = isatty(STDERR_FILENO) == 1 && isatty(STDOUT_FILENO) == 1,
    now: @escaping () -> Date = Date.init,
    write: @escaping (String) -> Void = { StandardStream.error.write($0) }
  ) {
    self.isTerminal = isTerminal
    self.now = now
    self.write = write
  }

  /// Writes a record.
  ///
  /// - Parameter origin: file and line, or a program's name.
  package func log(_ level: LogLevel, _ message: String, from origin: String) {
    let line = LogLine.format(message, level: level, time: now(), origin: origin)
    redraw { write(line + "\n") }
  }

  /// Shows or replaces the progress line; nil takes it away. Without a terminal nothing is shown.
  package func show(progress line: String?) {
    guard isTerminal else { return }
    redraw { progress = line }
  }

  /// Takes the progress line away while `body` writes, and draws it again.
  private func redraw(_ body: () -> Void) {
    if progress != nil { write("\r\u{1B}[2K") }
    body()
    if let progress { write(progress) }
  }
}

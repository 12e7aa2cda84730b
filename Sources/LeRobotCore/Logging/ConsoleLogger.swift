import Foundation

/// Where in LeRobot's script a log record comes from; its users' log parsers know these.
package enum LogSource: Int, Sendable {
  case configuration = 163
  case logger = 171
  case dataset = 183
  case environment = 198
  case policy = 202
  case optimizer = 247
  case outputDirectory = 259
  case environmentTask = 261
  case environmentProcessors = 262
  case steps = 264
  case frames = 265
  case episodes = 266
  case batchSize = 269
  case learnableParameters = 270
  case totalParameters = 271
  case start = 327
  case metrics = 354
  case checkpoint = 364
  case evaluation = 385
  case suite = 405
  case results = 413
  case end = 435
}

/// Writes log records in LeRobot's format to standard error, without disturbing a progress line.
///
/// Owned by the training thread.
package final class ConsoleLogger {
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

  /// A record of level INFO.
  package func info(_ message: String, from source: LogSource) {
    log(.info, message, from: "ot_train.py:\(source.rawValue)")
  }

  /// A record of level INFO that has no counterpart in LeRobot's script.
  package func info(_ message: String) {
    log(.info, message, from: "lerobot-train")
  }

  /// A record of level WARNING, which has no counterpart in LeRobot's script.
  package func warning(_ message: String) {
    log(.warning, message, from: "lerobot-train")
  }

  private func log(_ level: LogLevel, _ message: String, from origin: String) {
    let line = LogLine.format(message, level: level, time: now(), origin: origin)
    redraw { write(line + "\n") }
  }

  /// Shows or replaces the progress line; nil takes it away.
  package func show(progress line: String?) {
    redraw { progress = line }
  }

  /// Takes the progress line away while `body` writes, and draws it again.
  private func redraw(_ body: () -> Void) {
    if progress != nil { write("\r\u{1B}[2K") }
    body()
    if let progress { write(progress) }
  }
}

import Foundation
import LeRobotCore
import Synchronization

/// Collects the console's lines for an observer that keeps them elsewhere too.
package final class ConsoleLines: RunObserver {
  package struct Line: Sendable, Equatable {
    /// Seconds since 1970.
    package var time: Double
    /// With its end.
    package var text: String

    package init(time: Double, text: String) { (self.time, self.text) = (time, text) }
  }

  private struct State {
    var console: ConsoleObserver
    let written: Written
  }

  /// Between the console, which writes, and the observer, which takes.
  private final class Written {
    var lines: [Line] = []
  }

  /// Nobody may come to take them.
  private static let limit = 10_000

  private let state: Mutex<State>

  package init() {
    let written = Written()
    let log = ConsoleLog(
      isTerminal: false,
      write: { text in
        guard written.lines.count < Self.limit else { return }
        written.lines.append(Line(time: Date().timeIntervalSince1970, text: text))
      })
    state = Mutex(State(console: ConsoleObserver(log), written: written))
  }

  package func receive(_ event: RunEvent) {
    // Steps are many, and show only on a terminal.
    if case .stepped = event { return }
    state.withLock { $0.console.consume(event) }
  }

  /// The lines since the last call.
  package func take() -> [Line] {
    state.withLock { state in
      defer { state.written.lines = [] }
      return state.written.lines
    }
  }
}

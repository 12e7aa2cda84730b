import Dispatch
import Foundation
import LeRobotCore
import LeRobotLogging
import Synchronization

/// Serves runs to browsers until a signal ends it: what `--watch=RUN --port=PORT` does.
package struct ServerCommand {
  private let runs: [String]
  private let port: UInt16

  /// - Parameter port: 0 picks a free one.
  package init(_ runs: [String], port: UInt16) {
    (self.runs, self.port) = (runs, port)
  }

  /// Prints the address once and serves.
  ///
  /// - Returns: the exit status: 128 and the signal.
  /// - Throws: `RunReadingError`, or `WatchServerError` where the port cannot be had.
  package func run() throws -> Int32 {
    let server = try WatchServer(runs, port: port)
    let outcome = Outcome()
    let signals = SignalSources(SignalSources.ending) { outcome.end(.success(128 + $0)) }
    let names = runs.joined(separator: ", ")
    let task = Task.detached {
      do {
        try await server.run { port in
          StandardStream.output.write(
            "Watching \(names) at http://127.0.0.1:\(port)/ – Ctrl-C ends\n")
        }
      } catch {
        outcome.end(.failure(error))
      }
    }
    defer { task.cancel() }
    return try withExtendedLifetime(signals) { try outcome.wait() }
  }

  /// How the serving ended, for the thread that waits for it.
  private final class Outcome: Sendable {
    private let result = Mutex<Result<Int32, any Error>?>(nil)
    private let isThere = DispatchSemaphore(value: 0)

    /// The first end counts.
    func end(_ end: Result<Int32, any Error>) {
      result.withLock { $0 = $0 ?? end }
      isThere.signal()
    }

    func wait() throws -> Int32 {
      isThere.wait()
      return try result.withLock { try $0?.get() ?? 1 }
    }
  }
}

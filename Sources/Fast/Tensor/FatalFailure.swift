import Foundation
import LeRobotCore
import Synchronization

/// What ends the program in the middle of a computation, because no caller could continue.
///
/// Operations on tensors do not throw (Decision 0003). What they cannot compute arrives here, and the
/// installed handler ends the process. There is one for the process, because operations are called
/// from everywhere and belong to nobody.
package enum FatalFailure: Error, Equatable, Sendable {
  /// No memory was left for a tensor.
  case outOfMemory(operation: String, reason: String)
  /// libtorch refused an operation: the shapes or types do not fit, a mistake in this program.
  case refused(operation: String, shapes: [[Int]], reason: String)
  /// A condition that this program should have kept.
  case inconsistent(String)

  /// Ends the process. It must not wait without limit for another thread: that thread may have failed
  /// as well, and then waits here.
  package typealias Handler = @Sendable (FatalFailure) -> Never

  /// - Parameter current: ends the process.
  /// - Parameter isRunning: whether a failure has reached it.
  private static let handler = Mutex<(current: Handler, isRunning: Bool)>((endProgram, false))

  /// Installs the handler that ends the process from now on, in place of one line on standard error
  /// and status 1.
  package static func install(_ new: @escaping Handler) {
    handler.withLock { $0.current = new }
  }

  /// Ends the process through the handler; only the first failure reaches it.
  func end() -> Never {
    let first: Handler? = Self.handler.withLock { state in
      defer { state.isRunning = true }
      return state.isRunning ? nil : state.current
    }
    if let first { first(self) }
    while true { pause() }
  }

  /// `_exit`, because `exit` would destroy what other threads still use.
  private static let endProgram: Handler = { failure in
    StandardStream.error.write("\(Version.command): error: \(failure)\n")
    _exit(1)
  }
}

extension FatalFailure: CustomStringConvertible {
  package var description: String {
    switch self {
    case .outOfMemory(let operation, let reason):
      "out of memory: \(operation): \(reason); lower --batch_size"
    case .refused(let operation, let shapes, let reason):
      "\(operation) of \(shapes.map { "\($0)" }.joined(separator: " and ")): \(reason); "
        + "this is a mistake in lerobot-train, please report it"
    case .inconsistent(let what):
      "\(what); this is a mistake in lerobot-train, please report it"
    }
  }
}

/// Ends the program unless a condition holds that no input can break.
///
/// In place of `precondition`, which prints a stack trace, and no message in an optimised build.
func require(_ condition: Bool, _ message: @autoclosure () -> String) {
  if !condition { FatalFailure.inconsistent(message()).end() }
}

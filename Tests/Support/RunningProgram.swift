import Foundation

/// A started program whose output a test reads while it runs.
package final class RunningProgram: Sendable {
  /// What a test waited for did not happen.
  package struct EndedEarly: Error, CustomStringConvertible {
    package let description: String
  }

  /// What the program has written, and whether it has closed its output.
  private final class Log: @unchecked Sendable {
    // Unchecked because of the two variables, which are used only while `condition` is locked.
    private let condition = NSCondition()
    private var text = ""
    private var isComplete = false

    func read(_ handle: FileHandle) {
      while case let bytes = handle.availableData, !bytes.isEmpty {
        condition.withLock { text += String(decoding: bytes, as: UTF8.self) }
        condition.broadcast()
      }
      condition.withLock { isComplete = true }
      condition.broadcast()
    }

    /// Waits for a text; false where the output ends without it.
    func wait(for wanted: String) -> Bool {
      condition.withLock {
        while !text.contains(wanted), !isComplete { condition.wait() }
        return text.contains(wanted)
      }
    }

    /// Waits for the end of the output.
    func complete() -> String {
      condition.withLock {
        while !isComplete { condition.wait() }
        return text
      }
    }
  }

  /// How a program ended: by itself with a status, or by a signal.
  package enum End: Equatable, Sendable {
    case exit(Int32)
    case signal(Int32)
  }

  private let process: Process
  private let log = Log()

  /// Starts `arguments` in the repository's folder, found through PATH.
  package init(_ arguments: [String]) throws {
    process = Process()
    process.executableURL = URL(filePath: "/usr/bin/env")
    process.arguments = arguments
    process.currentDirectoryURL = RepositoryFiles.root
    let pipe = Pipe()
    process.standardInput = FileHandle.nullDevice
    process.standardOutput = pipe
    process.standardError = pipe
    try process.run()
    let (log, output) = (log, pipe.fileHandleForReading)
    Thread.detachNewThread { log.read(output) }
  }

  /// Waits until the program has written a text.
  ///
  /// - Throws: `EndedEarly` where it ends without it.
  package func wait(for text: String) throws {
    guard log.wait(for: text) else {
      throw EndedEarly(description: "no \"\(text)\" in the output: \(log.complete())")
    }
  }

  /// Waits until the program has made something true, a file for example.
  ///
  /// - Throws: `EndedEarly` where it ends without it.
  package func wait(until isTrue: () -> Bool) throws {
    while !isTrue() {
      guard process.isRunning else {
        throw EndedEarly(description: "what a test waited for did not happen: \(log.complete())")
      }
      usleep(1_000)
    }
  }

  package func send(_ signal: Int32) { kill(process.processIdentifier, signal) }

  /// Waits until the program ends.
  ///
  /// - Returns: how it ended, and all that it has written.
  package func end() -> (End, output: String) {
    process.waitUntilExit()
    let status = process.terminationStatus
    return (
      process.terminationReason == .exit ? .exit(status) : .signal(status), log.complete()
    )
  }
}

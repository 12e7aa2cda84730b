import Foundation
import LeRobotWatch

/// A server of runs at a free port, which ends with its last reference.
package final class ServedRuns: Sendable {
  package let port: UInt16
  private let task: Task<Void, Never>

  /// - Parameters:
  ///   - pace: looks often by default, so that no test waits long.
  ///   - limits: of each client.
  package init(
    _ folders: [String],
    pace: WatchPace = WatchPace(files: .milliseconds(5), keepAlive: .seconds(3600)),
    limits: HTTPLimits = .patient
  ) async throws {
    let server = try WatchServer(folders, port: 0, pace: pace, limits: limits)
    let (ports, continuation) = AsyncThrowingStream.makeStream(of: UInt16.self)
    task = Task {
      do {
        try await server.run { continuation.yield($0) }
        continuation.finish()
      } catch {
        continuation.finish(throwing: error)
      }
    }
    var first: UInt16?
    for try await port in ports {
      first = port
      break
    }
    guard let first else { throw RawConnection.Failure(description: "the server ended") }
    port = first
  }

  deinit { task.cancel() }

  /// Talks to the server, on a thread of its own: the server needs those of Swift's tasks.
  ///
  /// - Parameter buffers: the connection's, as `RawConnection` takes them.
  package func talk<Value: Sendable>(
    buffers: Int32? = nil, _ body: @escaping @Sendable (RawConnection) throws -> Value
  ) async throws -> Value {
    try await withCheckedThrowingContinuation { continuation in
      Thread.detachNewThread { [port] in
        continuation.resume(
          with: Result { try body(RawConnection(port: port, buffers: buffers)) })
      }
    }
  }

  /// Asks for a path.
  package func ask(
    _ path: String, method: String = "GET", host: String? = nil, headers: [String] = []
  ) async throws -> RawConnection.Answer {
    let host = host ?? "127.0.0.1:\(port)"
    return try await talk {
      try $0.ask(path, method: method, host: host, headers: headers)
    }
  }
}

extension HTTPLimits {
  /// Times that no test reaches: on a busy machine the server's threads may rest for minutes, and a
  /// client that answered at once would be taken for a silent one.
  package static var patient: HTTPLimits {
    var limits = HTTPLimits()
    (limits.head, limits.idle, limits.stall) = (.seconds(3600), .seconds(3600), .seconds(3600))
    return limits
  }
}

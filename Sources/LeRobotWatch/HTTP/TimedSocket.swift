import FlyingSocks
import Foundation

/// A client took longer than it may.
struct TimeIsUp: Error {}

/// A connected socket that waits for its client only so long.
struct TimedSocket: Sendable {
  private let socket: Socket
  private let pool: any AsyncSocketPool
  private let limits: HTTPLimits

  /// - Parameters:
  ///   - socket: does not block.
  ///   - pool: tells when it is ready.
  init(_ socket: Socket, pool: some AsyncSocketPool, limits: HTTPLimits) {
    (self.socket, self.pool, self.limits) = (socket, pool, limits)
    // A small piece does not wait until the client has confirmed the one before. Both only tune.
    let noDelay = BoolSocketOption(level: Int32(IPPROTO_TCP), name: TCP_NODELAY)
    try? socket.setValue(true, for: noDelay)
    if let size = limits.sendBuffer { try? socket.setValue(size, for: .sendBufferSize) }
  }

  /// What has come, at least a byte; nil where the client sends no more.
  ///
  /// - Parameter deadline: nil waits as long as it takes.
  /// - Throws: `TimeIsUp`, `SocketError`, and `CancellationError`.
  func read(until deadline: ContinuousClock.Instant?) async throws -> [UInt8]? {
    while true {
      try Task.checkCancellation()
      do {
        return try socket.read(atMost: 4096)
      } catch SocketError.disconnected {
        return nil
      } catch SocketError.blocked {
        try await wait(for: .read, until: deadline)
      }
    }
  }

  /// Sends all of the bytes, as fast as the client takes them.
  ///
  /// - Throws: `TimeIsUp` where it takes none for `HTTPLimits.stall`, `SocketError`, and
  ///   `CancellationError`.
  func write(_ bytes: [UInt8]) async throws {
    var rest = bytes[...]
    while !rest.isEmpty {
      rest = rest.dropFirst(try await writeSome(Data(rest.prefix(1 << 16))))
      // A client that is fast leaves room for the others.
      await Task.yield()
    }
  }

  /// How many of the bytes the system has taken.
  private func writeSome(_ bytes: Data) async throws -> Int {
    while true {
      try Task.checkCancellation()
      do {
        return try socket.write(bytes)
      } catch SocketError.blocked {
        try await wait(for: .write, until: .now + limits.stall)
      }
    }
  }

  private func wait(
    for events: Socket.Events, until deadline: ContinuousClock.Instant?
  ) async throws {
    try await withThrowingTaskGroup(of: Void.self) { group in
      group.addTask {
        // Reading or writing then says what has happened. The news may also be of an older socket
        // that had the same number.
        do {
          try await pool.suspendSocket(socket, untilReadyFor: events)
        } catch SocketError.disconnected {}
      }
      if let deadline {
        group.addTask {
          try await Task.sleep(until: deadline, clock: .continuous)
          throw TimeIsUp()
        }
      }
      defer { group.cancelAll() }
      try await group.next()
    }
  }

  // MARK: - The end

  /// Returns when the client has ended the connection; what it sends until then is nobody's.
  func waitForEnd() async throws {
    while try await read(until: nil) != nil { await Task.yield() }
  }

  /// Says that nothing more is sent, and lets the client read what was.
  ///
  /// A socket that is closed while bytes lie unread takes its last answer back from the client.
  func end() async {
    guard shutdown(socket.file.rawValue, Int32(SHUT_WR)) == 0 else { return }
    let deadline = ContinuousClock.now + limits.linger
    while ContinuousClock.now < deadline, (try? await read(until: deadline)) != nil {
      await Task.yield()
    }
  }

  /// Nothing can be done with the socket afterwards.
  func close() { try? socket.close() }
}

import FlyingSocks

/// Answers the clients of some addresses.
struct HTTPServer: Sendable {
  private let handler: any HTTPHandler
  private let limits: HTTPLimits
  /// Of all addresses together.
  private let count = ConnectionCount()

  init(_ handler: any HTTPHandler, limits: HTTPLimits) {
    (self.handler, self.limits) = (handler, limits)
  }

  /// Answers whom `listener` brings, until the task is cancelled.
  ///
  /// - Parameter pool: runs, and tells when sockets are ready.
  func serve(_ listener: Socket, pool: some AsyncSocketPool) async throws {
    let listener = try AsyncSocket(socket: listener, pool: pool)
    await withDiscardingTaskGroup { group in
      while !Task.isCancelled {
        guard let socket = await Self.accept(listener) else { continue }
        let client = TimedSocket(socket, pool: pool, limits: limits)
        let place = count.add()
        // Telling them takes a place too.
        guard place <= 2 * limits.connections else {
          client.close()
          count.remove()
          continue
        }
        group.addTask {
          let connection = HTTPConnection(client, limits: limits, handler: handler)
          if place <= limits.connections {
            await connection.serve()
          } else {
            await connection.turnAway()
          }
          count.remove()
        }
      }
    }
  }

  /// The next client; nil where there is none, and after a rest: a process with too many open files
  /// has to wait until some are closed.
  private static func accept(_ listener: AsyncSocket) async -> Socket? {
    do {
      return try await listener.accept().socket
    } catch {
      try? await Task.sleep(for: .milliseconds(50))
      return nil
    }
  }
}

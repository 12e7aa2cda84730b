import FlyingSocks
import Foundation
import LeRobotLogging

/// Shows runs in browsers on this machine, while they train or after.
///
/// It listens on loopback alone; another machine reaches it through a tunnel, such as ssh makes.
package struct WatchServer: Sendable {
  private let content: LiveContent
  private let port: UInt16
  private let limits: HTTPLimits

  /// - Parameters:
  ///   - paths: the runs' folders.
  ///   - port: 0 picks a free one.
  ///   - pace: how often the files are looked at, and clients are told that the server lives.
  ///   - limits: of each client.
  /// - Throws: `RunReadingError` for a folder that holds no run.
  package init(
    _ paths: [String], port: UInt16, pace: WatchPace = WatchPace(),
    limits: HTTPLimits = HTTPLimits()
  ) throws {
    let runs = try paths.map { path throws(RunReadingError) in try WatchedRun(path, waits: true) }
    content = LiveContent(runs, pace: pace)
    (self.port, self.limits) = (port, limits)
  }

  /// Serves until the task is cancelled.
  ///
  /// - Parameter announce: is called once, with the port, as soon as browsers can connect.
  /// - Throws: `WatchServerError` where the port cannot be had, and `CancellationError`.
  package func run(announce: @escaping @Sendable (UInt16) -> Void) async throws {
    do {
      let listener = try Self.listen(at: sockaddr_in.inet(ip4: "127.0.0.1", port: port))
      defer { try? listener.close() }
      try await serve(listener, announce)
    } catch let error as SocketError {
      throw WatchServerError(error, port: port)
    }
  }

  private func serve(
    _ listener: Socket, _ announce: @escaping @Sendable (UInt16) -> Void
  ) async throws {
    guard case .ip4(_, let port) = try listener.sockname() else { return }
    // Some browsers ask first at the newer address for `localhost`; not every machine has it.
    let newer = try? Self.listen(at: sockaddr_in6.inet6(ip6: "::1", port: port))
    defer { try? newer?.close() }
    let pool: some AsyncSocketPool = SocketPool.make()
    try await pool.prepare()
    let server = HTTPServer(
      WatchHandler(content, port: port), limits: limits.withinOpenFiles())
    try await withThrowingTaskGroup(of: Void.self) { group in
      group.addTask { try await pool.run() }
      for listener in [listener, newer].compactMap({ $0 }) {
        group.addTask { try await server.serve(listener, pool: pool) }
      }
      announce(port)
      // Each of them ends by an error or by cancellation, and the others with it.
      defer { group.cancelAll() }
      try await group.next()
    }
  }

  private static func listen(at address: some SocketAddress) throws -> Socket {
    let socket = try Socket(domain: Int32(address.family))
    do {
      // A port whose last server has just ended is free.
      try socket.setValue(true, for: .localAddressReuse)
      try socket.bind(to: address)
    } catch {
      try? socket.close()
      throw error
    }
    // It closes the socket where it fails.
    try socket.listen()
    return socket
  }
}

/// How often a server looks and speaks.
package struct WatchPace: Sendable {
  /// Between two looks at the files.
  package var files: Duration
  /// Until a client that has nothing new to hear is told that the server lives.
  package var keepAlive: Duration

  package init(files: Duration = .seconds(1), keepAlive: Duration = .seconds(15)) {
    (self.files, self.keepAlive) = (files, keepAlive)
  }
}

/// Why runs cannot be served.
package enum WatchServerError: Error, CustomStringConvertible {
  case portInUse(UInt16)
  case portNotAllowed(UInt16)
  case cannotListen(UInt16, reason: String)

  init(_ error: SocketError, port: UInt16) {
    guard case .failed(_, let code, let message) = error else {
      self = .cannotListen(port, reason: error.localizedDescription)
      return
    }
    switch code {
    case EADDRINUSE: self = .portInUse(port)
    case EACCES: self = .portNotAllowed(port)
    default: self = .cannotListen(port, reason: message)
    }
  }

  package var description: String {
    switch self {
    case .portInUse(let port):
      "--port=\(port): another program listens there; give another port, or --port=0 for a free one"
    case .portNotAllowed(let port):
      "--port=\(port): this user may not listen there; give a port from 1024 on, or --port=0"
    case .cannotListen(let port, let reason):
      "--port=\(port): cannot listen (\(reason)); give another port, or --port=0 for a free one"
    }
  }
}

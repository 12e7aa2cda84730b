import Foundation

/// What one client may ask of the server, so that none can hold up the others or fill the memory.
package struct HTTPLimits: Sendable {
  /// Of a request: its line and its fields.
  package var headBytes = 16 << 10
  package var fields = 100
  /// Served at once; more are told to come later.
  package var connections = 64
  /// From the first byte of a request's head to its last.
  package var head: Duration = .seconds(15)
  /// Between two requests of a connection.
  package var idle: Duration = .seconds(60)
  /// For which a client may take nothing of what is being sent to it.
  package var stall: Duration = .seconds(60)
  /// For which a client may go on sending after the last answer (`TimedSocket.end`).
  package var linger: Duration = .seconds(1)
  /// The size of a connection's send buffer, in bytes; the system's own where there is none.
  package var sendBuffer: Int32?

  package init() {}

  /// The same, with fewer connections where this process may open few files.
  ///
  /// It must not use them up: libdispatch, which opens one now and then, ends a process that cannot.
  /// Each connection served may have a file open, and as many again are told to come later.
  func withinOpenFiles() -> HTTPLimits {
    let files = sysconf(Int32(_SC_OPEN_MAX))
    guard files > 0 else { return self }
    var limits = self
    limits.connections = min(connections, max(1, (files - 40) / 3))
    return limits
  }
}

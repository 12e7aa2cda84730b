import Foundation
import Glibc
import Synchronization

/// A listening socket on loopback with a thread for each connection.
final class Listener: Sendable {
  let port: Int

  private struct State {
    var connections: Set<Int32> = []
    var threads = 0
    var isStopped = false
  }

  private let socket: Int32
  private let state = Mutex(State())

  /// - Parameter port: A port, or 0 for any that is free.
  init(port: Int) throws(FakeHubError) {
    let socket = Glibc.socket(AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
    guard socket >= 0 else { throw .socket(call: "socket", code: errno) }
    do {
      self.port = try Listener.bind(socket, port)
    } catch {
      close(socket)
      throw error
    }
    self.socket = socket
  }

  /// Accepts connections until the listener is stopped.
  func start(_ serve: @escaping @Sendable (Connection) -> Void) {
    state.withLock { $0.threads += 1 }
    Thread.detachNewThread { [self] in
      while let accepted = accept() {
        guard admit(accepted) else { continue }
        Thread.detachNewThread { [self] in
          serve(Connection(socket: accepted))
          leave(accepted)
        }
      }
      state.withLock { $0.threads -= 1 }
    }
  }

  /// Cuts every connection and returns when their threads have ended, or after 10 seconds.
  func stop() {
    let isFirst = state.withLock { state in
      defer { state.isStopped = true }
      if state.isStopped { return false }
      shutdown(socket, Int32(SHUT_RDWR))
      for connection in state.connections { shutdown(connection, Int32(SHUT_RDWR)) }
      return true
    }
    guard isFirst else { return }
    for _ in 0..<5000 where state.withLock({ $0.threads > 0 }) { usleep(2000) }
    close(socket)
  }

  private func accept() -> Int32? {
    while true {
      let accepted = Glibc.accept(socket, nil, nil)
      if accepted >= 0 { return accepted }
      if state.withLock({ $0.isStopped }) { return nil }
      // Out of descriptors, or a client that left at once: others may still be served.
      if errno != EINTR && errno != ECONNABORTED { usleep(10_000) }
    }
  }

  private func admit(_ connection: Int32) -> Bool {
    _ = fcntl(connection, F_SETFD, FD_CLOEXEC)
    var option: Int32 = 1
    let size = socklen_t(MemoryLayout<Int32>.size)
    setsockopt(connection, Int32(IPPROTO_TCP), TCP_NODELAY, &option, size)
    return state.withLock { state in
      if state.isStopped {
        close(connection)
        return false
      }
      state.connections.insert(connection)
      state.threads += 1
      return true
    }
  }

  /// Closes what `stop` no longer knows: it must not cut a descriptor that has been given out
  /// again. A child process may hold the socket too, so closing alone need not end the connection.
  private func leave(_ connection: Int32) {
    state.withLock { _ = $0.connections.remove(connection) }
    shutdown(connection, Int32(SHUT_RDWR))
    close(connection)
    state.withLock { $0.threads -= 1 }
  }

  private static func bind(_ socket: Int32, _ port: Int) throws(FakeHubError) -> Int {
    var option: Int32 = 1
    setsockopt(socket, SOL_SOCKET, SO_REUSEADDR, &option, socklen_t(MemoryLayout<Int32>.size))
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = in_port_t(truncatingIfNeeded: port).bigEndian
    address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
    var size = socklen_t(MemoryLayout<sockaddr_in>.size)
    let bound = withUnsafePointer(to: &address) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { Glibc.bind(socket, $0, size) }
    }
    guard bound == 0 else { throw .socket(call: "bind to port \(port)", code: errno) }
    guard listen(socket, 128) == 0 else { throw .socket(call: "listen", code: errno) }
    let named = withUnsafeMutablePointer(to: &address) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { getsockname(socket, $0, &size) }
    }
    guard named == 0 else { throw .socket(call: "getsockname", code: errno) }
    return Int(in_port_t(bigEndian: address.sin_port))
  }
}

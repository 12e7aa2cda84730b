import Glibc

/// The client hung up, or the hub stops.
struct ConnectionEnded: Error {}

/// One accepted socket, with the bytes that were received but not yet taken. Belongs to one thread.
final class Connection {
  private let socket: Int32
  private var buffer: [UInt8] = []
  private var position = 0

  init(socket: Int32) {
    self.socket = socket
  }

  /// Some bytes, at most `count`.
  func read(upTo count: Int) throws(ConnectionEnded) -> ArraySlice<UInt8> {
    if position == buffer.count { try receive() }
    let end = min(position + count, buffer.count)
    defer { position = end }
    return buffer[position..<end]
  }

  /// A line without its end.
  func readLine(limit: Int = 1 << 20) throws(ConnectionEnded) -> String {
    var line: [UInt8] = []
    while line.count <= limit {
      if position == buffer.count { try receive() }
      if let end = buffer[position...].firstIndex(of: 10) {
        line += buffer[position..<end]
        position = end + 1
        if line.last == 13 { line.removeLast() }
        return String(decoding: line, as: UTF8.self)
      }
      line += buffer[position...]
      position = buffer.count
    }
    throw ConnectionEnded()
  }

  func send(_ text: String) throws(ConnectionEnded) {
    try send(Array(text.utf8)[...])
  }

  func send(_ bytes: ArraySlice<UInt8>) throws(ConnectionEnded) {
    var rest = bytes
    while !rest.isEmpty {
      let count = rest.withUnsafeBytes {
        Glibc.send(socket, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
      }
      if count < 0 && errno == EINTR { continue }
      if count <= 0 { throw ConnectionEnded() }
      rest = rest.dropFirst(count)
    }
  }

  /// Sends and receives nothing until the time is over; for ever without one.
  ///
  /// - Throws: As soon as the client hangs up or the hub stops.
  func wait(milliseconds: Int32 = -1) throws(ConnectionEnded) {
    let hangup = Int16(0x2000)  // POLLRDHUP: the client will send nothing more.
    var waiting = pollfd(fd: socket, events: hangup, revents: 0)
    while poll(&waiting, 1, milliseconds) < 0 {
      if errno != EINTR { throw ConnectionEnded() }
    }
    if waiting.revents != 0 { throw ConnectionEnded() }
  }

  /// Ends an answer whose request was not read to its end: an immediate close would be a reset,
  /// which takes bytes from the client that it has not read yet.
  func finish() {
    shutdown(socket, Int32(SHUT_WR))
    var patience = timeval(tv_sec: 1, tv_usec: 0)
    setsockopt(
      socket, SOL_SOCKET, SO_RCVTIMEO, &patience, socklen_t(MemoryLayout<timeval>.size))
    for _ in 0..<256 where (try? receive()) == nil { return }
  }

  private func receive() throws(ConnectionEnded) {
    position = 0
    buffer = [UInt8](unsafeUninitializedCapacity: 256 << 10) { storage, count in
      var received = -1
      repeat {
        received = recv(socket, storage.baseAddress, storage.count, 0)
      } while received < 0 && errno == EINTR
      count = max(received, 0)
    }
    if buffer.isEmpty { throw ConnectionEnded() }
  }
}

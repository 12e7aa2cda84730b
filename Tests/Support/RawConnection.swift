import Foundation

/// A connection to a server on 127.0.0.1 that sends what a test likes and shows what comes back.
package final class RawConnection: Sendable {
  private let descriptor: Int32

  /// What a server answered.
  package struct Answer: Sendable {
    package var status: Int
    /// By their names in lower case.
    package var headers: [String: String]
    package var body: [UInt8]
    package var text: String { String(decoding: body, as: UTF8.self) }
  }

  package struct Failure: Error, CustomStringConvertible {
    package let description: String
  }

  /// - Parameter buffers: their size in bytes, for a connection on which little fits between the client
  ///   and the server; the system's own size where it is not given.
  package init(port: UInt16, buffers: Int32? = nil) throws {
    descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    if var size = buffers {
      for buffer in [SO_RCVBUF, SO_SNDBUF] {
        setsockopt(descriptor, SOL_SOCKET, buffer, &size, socklen_t(MemoryLayout<Int32>.size))
      }
    }
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = port.bigEndian
    address.sin_addr.s_addr = INADDR_LOOPBACK.bigEndian
    let status = withUnsafePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
      }
    }
    guard status == 0 else { throw Failure(description: "no connection: \(errno)") }
    // A test whose server says nothing fails, on a busy machine too.
    var limit = timeval(tv_sec: 120, tv_usec: 0)
    setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
  }

  deinit { close(descriptor) }

  package func send(_ text: String) throws { try send(Array(text.utf8)) }

  package func send(_ bytes: [UInt8]) throws {
    var rest = bytes[...]
    while !rest.isEmpty {
      let count = rest.withUnsafeBytes {
        Foundation.send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
      }
      guard count > 0 else { throw Failure(description: "not sent: \(errno)") }
      rest = rest.dropFirst(count)
    }
  }

  /// Says that nothing more is sent.
  package func endSending() { shutdown(descriptor, Int32(SHUT_WR)) }

  /// Asks for a path and reads the answer whole.
  package func ask(
    _ path: String, method: String = "GET", host: String, headers: [String] = []
  ) throws -> Answer {
    let lines = ["\(method) \(path) HTTP/1.1", "Host: \(host)"] + headers
    try send(lines.joined(separator: "\r\n") + "\r\n\r\n")
    let (status, headers) = try readHead()
    let count = method == "HEAD" ? 0 : Int(headers["content-length"] ?? "") ?? 0
    return Answer(status: status, headers: headers, body: try read(count: count))
  }

  /// The status and the headers of an answer, up to the empty line.
  package func readHead() throws -> (status: Int, headers: [String: String]) {
    let text = try read(until: "\r\n\r\n")
    var lines = text.components(separatedBy: "\r\n")
    let words = lines.removeFirst().split(separator: " ")
    guard words.count > 1, let status = Int(words[1]) else {
      throw Failure(description: "no answer: \(text)")
    }
    let headers = lines.compactMap { line -> (String, String)? in
      guard let colon = line.firstIndex(of: ":") else { return nil }
      let value = line[line.index(after: colon)...].trimmingCharacters(in: .whitespaces)
      return (line[..<colon].lowercased(), value)
    }
    return (status, Dictionary(headers) { first, _ in first })
  }

  /// What comes until a text has come, the text included.
  package func read(until end: String) throws -> String {
    var bytes: [UInt8] = []
    let end = Array(end.utf8)
    while !bytes.suffix(end.count).elementsEqual(end) { bytes += try read(count: 1) }
    return String(decoding: bytes, as: UTF8.self)
  }

  /// All that comes until the server ends the connection.
  package func readToEnd() throws -> [UInt8] {
    var bytes: [UInt8] = []
    var piece = [UInt8](repeating: 0, count: 1 << 16)
    while true {
      let count = recv(descriptor, &piece, piece.count, 0)
      guard count >= 0 || errno == ECONNRESET else {
        throw Failure(description: "the connection does not end: \(errno)")
      }
      guard count > 0 else { return bytes }
      bytes += piece[..<count]
    }
  }

  package func read(count: Int) throws -> [UInt8] {
    var bytes = [UInt8](repeating: 0, count: count)
    var filled = 0
    while filled < count {
      let received = bytes.withUnsafeMutableBytes {
        recv(descriptor, $0.baseAddress! + filled, count - filled, 0)
      }
      guard received > 0 else {
        throw Failure(description: "the connection ended after \(filled) of \(count) bytes")
      }
      filled += received
    }
    return bytes
  }
}

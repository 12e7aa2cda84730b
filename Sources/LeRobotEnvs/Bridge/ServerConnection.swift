import Foundation
import LeRobotCore

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// What may keep an answer away.
enum ServerSilence: Error {
  /// The process has ended, or closed its socket.
  case ended
  /// The time is over.
  case late(seconds: Double)
  /// What arrived is no message.
  case unreadable(reason: String)
}

/// Messages to a server and back, and the last lines that it prints, read while an answer is awaited:
/// a server that prints much never waits for a reader.
///
/// A message is four bytes of length, little-endian, then JSON in UTF-8.
struct ServerConnection {
  private let process: ServerProcess
  private var received: [UInt8] = []
  private(set) var printed = PrintedLines()

  /// Longer messages are a mistake: observations travel through memory.
  private static let sizeLimit = 1 << 24

  init(_ process: ServerProcess) { self.process = process }

  /// Sends a message.
  mutating func send(_ message: JSONValue) throws(ServerSilence) {
    let text = Array(message.pythonText().utf8)
    let length = UInt32(text.count).littleEndian
    let bytes = withUnsafeBytes(of: length) { Array($0) } + text
    var sent = 0
    while sent < bytes.count {
      let count = bytes[sent...].withUnsafeBytes {
        Glibc.send(process.socket, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
      }
      if count < 0, errno == EINTR { continue }
      guard count > 0 else { throw .ended }
      sent += count
    }
  }

  /// Waits for the next message.
  ///
  /// - Parameter seconds: the longest time to wait.
  mutating func receive(within seconds: Double) throws(ServerSilence) -> JSONValue {
    let clock = ContinuousClock()
    let end = clock.now + .seconds(seconds)
    while true {
      if let message = try nextMessage() { return message }
      let left = Double((end - clock.now) / .milliseconds(1))
      guard left > 0 else { throw .late(seconds: seconds) }
      try wait(milliseconds: Int32(min(left.rounded(.up), 1e6)))
    }
  }

  /// Reads what the process printed up to now.
  mutating func readPrinted() {
    while let bytes = Self.read(process.output), !bytes.isEmpty { printed.add(bytes) }
  }

  /// Waits until the process sends or prints something, and reads it.
  private mutating func wait(milliseconds: Int32) throws(ServerSilence) {
    var waited = [
      pollfd(fd: process.socket, events: Int16(POLLIN), revents: 0),
      pollfd(fd: process.output, events: Int16(POLLIN), revents: 0),
    ]
    guard poll(&waited, printed.isOver ? 1 : 2, milliseconds) > 0 else { return }
    if waited[1].revents != 0, let bytes = Self.read(process.output) {
      bytes.isEmpty ? printed.end() : printed.add(bytes)
    }
    guard waited[0].revents != 0 else { return }
    guard let bytes = Self.read(process.socket), !bytes.isEmpty else { throw .ended }
    received += bytes
  }

  /// The first message of what has arrived; nil while it is not whole.
  private mutating func nextMessage() throws(ServerSilence) -> JSONValue? {
    guard received.count >= 4 else { return nil }
    let length = (0..<4).reduce(0) { $0 | Int(received[$1]) << (8 * $1) }
    guard length <= Self.sizeLimit else {
      throw .unreadable(reason: "a message of \(length) bytes")
    }
    guard received.count >= 4 + length else { return nil }
    let text = Data(received[4..<4 + length])
    received.removeFirst(4 + length)
    do { return try JSONValue(parsing: text) } catch { throw .unreadable(reason: "\(error)") }
  }

  /// What can be read at once: empty at the end, nil where there is nothing.
  private static func read(_ descriptor: Int32) -> [UInt8]? {
    var bytes = [UInt8](repeating: 0, count: 1 << 14)
    let count = Glibc.read(descriptor, &bytes, bytes.count)
    return count < 0 ? nil : Array(bytes.prefix(count))
  }
}

/// The last lines that a process printed.
struct PrintedLines {
  private var lines: [[UInt8]] = []
  private var rest: [UInt8] = []
  /// Whether nothing more will come.
  private(set) var isOver = false

  private static let (lineLimit, lengthLimit) = (20, 400)

  mutating func add(_ bytes: [UInt8]) {
    rest += bytes
    var parts = rest.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
    rest = parts.popLast().map { Array($0.suffix(4096)) } ?? []
    lines = (lines + parts.map { Array($0) }).suffix(Self.lineLimit)
  }

  mutating func end() { isOver = true }

  /// The last lines that hold anything, oldest first, in one line of text.
  ///
  /// - Parameter count: how many.
  func last(_ count: Int) -> String {
    (lines + [rest]).map { line in
      let text = String(decoding: line, as: UTF8.self).filter { !$0.isNewline && $0 != "\u{1B}" }
      return String(text.trimmingCharacters(in: .whitespaces).prefix(Self.lengthLimit))
    }
    .filter { !$0.isEmpty }.suffix(count).joined(separator: " | ")
  }
}

import Foundation
import LeRobotCore
import LeRobotLogging

/// Why wandb-core is of no more use, in a line.
struct CoreFailure: Error, CustomStringConvertible {
  let description: String

  init(_ description: String) { self.description = description }
}

/// A socket to wandb-core: frames of `W`, a length of 4 bytes and a message.
final class CoreConnection {
  private let socket: Int32
  private static let mark = UInt8(ascii: "W")
  /// Seconds that a write may block, and after which a read gives its caller a turn.
  private static let writeLimit = 30
  private static let readTurn = 1

  /// - Parameter address: a line of the file that wandb-core writes, `unix=PATH` or `sock=PORT`.
  init(_ address: String) throws(CoreFailure) {
    if address.hasPrefix("unix=") {
      socket = try Self.connect(path: String(address.dropFirst(5)))
    } else if address.hasPrefix("sock="), let port = UInt16(address.dropFirst(5)) {
      socket = try Self.connect(port: port)
    } else {
      throw CoreFailure("wandb-core names no address that is known: \(address)")
    }
    Self.limit(socket, SO_SNDTIMEO, seconds: Self.writeLimit)
    Self.limit(socket, SO_RCVTIMEO, seconds: Self.readTurn)
  }

  deinit { close(socket) }

  private static func limit(_ socket: Int32, _ option: Int32, seconds: Int) {
    var time = timeval(tv_sec: seconds, tv_usec: 0)
    setsockopt(socket, SOL_SOCKET, option, &time, socklen_t(MemoryLayout<timeval>.size))
  }

  private static func connect(path: String) throws(CoreFailure) -> Int32 {
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    let bytes = Array(path.utf8)
    guard bytes.count < MemoryLayout.size(ofValue: address.sun_path) else {
      throw CoreFailure("wandb-core's socket has too long a path: \(path)")
    }
    withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: bytes) }
    let socket = Glibc.socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
    return try connect(socket, &address)
  }

  private static func connect(port: UInt16) throws(CoreFailure) -> Int32 {
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = port.bigEndian
    address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
    let socket = Glibc.socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    return try connect(socket, &address)
  }

  private static func connect<Address>(
    _ socket: Int32, _ address: inout Address
  ) throws(CoreFailure) -> Int32 {
    let size = socklen_t(MemoryLayout<Address>.size)
    let result = withUnsafePointer(to: &address) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { Glibc.connect(socket, $0, size) }
    }
    guard socket >= 0, result == 0 else {
      let code = errno
      if socket >= 0 { close(socket) }
      throw CoreFailure("wandb-core cannot be reached: \(String(cString: strerror(code)))")
    }
    return socket
  }

  // MARK: - Frames

  func send(_ message: ProtobufMessage) throws(CoreFailure) {
    let frame = [Self.mark] + UInt32(message.bytes.count).littleEndianBytes + message.bytes
    var rest = frame[...]
    while !rest.isEmpty {
      // A socket whose other end is gone gives an error here, not a signal.
      let count = rest.withUnsafeBytes {
        Glibc.send(socket, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
      }
      if count < 0, errno == EINTR { continue }
      guard count > 0 else {
        throw CoreFailure("wandb-core takes nothing more: \(String(cString: strerror(errno)))")
      }
      rest = rest.dropFirst(count)
    }
  }

  /// The next message.
  ///
  /// - Parameter isPatient: is asked about once a second; false ends the wait.
  /// - Returns: nil where the wait was ended.
  func receive(while isPatient: () -> Bool) throws(CoreFailure) -> ProtobufFields? {
    guard let head = try read(5, while: isPatient) else { return nil }
    let length = (1...4).reduce(0) { $0 | Int(head[$1]) << (8 * ($1 - 1)) }
    guard head[0] == Self.mark, length < 1 << 28 else {
      throw CoreFailure("wandb-core answers in a way that is not known")
    }
    guard let body = try read(length, while: isPatient) else { return nil }
    guard let fields = ProtobufFields(body) else {
      throw CoreFailure("wandb-core answers in a way that is not known")
    }
    return fields
  }

  /// Whether something is there to be read.
  var hasMessage: Bool {
    var question = pollfd(fd: socket, events: Int16(POLLIN), revents: 0)
    return poll(&question, 1, 0) > 0
  }

  private func read(_ count: Int, while isPatient: () -> Bool) throws(CoreFailure) -> [UInt8]? {
    var bytes = [UInt8](repeating: 0, count: count)
    var filled = 0
    while filled < count {
      let got = bytes.withUnsafeMutableBytes {
        recv(socket, $0.baseAddress! + filled, count - filled, 0)
      }
      if got > 0 {
        filled += got
      } else if got == 0 {
        throw CoreFailure("wandb-core has ended")
      } else if errno == EAGAIN || errno == EINTR {
        guard isPatient() else { return nil }
      } else {
        throw CoreFailure("wandb-core cannot be read: \(String(cString: strerror(errno)))")
      }
    }
    return bytes
  }
}

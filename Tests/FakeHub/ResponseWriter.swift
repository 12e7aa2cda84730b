import Glibc

/// Sends an answer, with its faults.
struct ResponseWriter {
  let connection: Connection
  let delivery: Delivery

  /// - Returns: Whether the connection can take another request.
  func write(_ response: Response, isHead: Bool, keepsAlive: Bool) throws -> Bool {
    let isWhole = delivery.declaredLength == nil && !delivery.isEndless
    let stays = keepsAlive && isWhole
    var head = "HTTP/1.1 \(response.status) \(reason(of: response.status))\r\n"
    for header in response.headers { head += "\(header.name): \(header.value)\r\n" }
    if !delivery.isEndless {
      head += "Content-Length: \(delivery.declaredLength ?? response.body.count)\r\n"
    }
    head += "Connection: \(stays ? "keep-alive" : "close")\r\n\r\n"
    try connection.send(head)
    if isHead { return stays }
    try send(response)
    if delivery.isEndless { try sendForEver() }
    return stays
  }

  private func send(_ response: Response) throws {
    let limit = min(delivery.bodyLimit ?? .max, response.body.count)
    switch response.body {
    case .bytes(let bytes):
      try send(bytes[..<limit], offset: response.offset)
    case .file(let path, let range):
      try send(file: path, range: range.lowerBound..<range.lowerBound + limit)
    }
    guard delivery.bodyLimit != nil else { return }
    if delivery.ending == .stall { try connection.wait() }
    throw ConnectionEnded()
  }

  private func send(file path: String, range: Range<Int>) throws {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw FakeHubError.lastCall(on: path) }
    defer { close(descriptor) }
    var position = range.lowerBound
    while position < range.upperBound {
      let count = min(256 << 10, range.upperBound - position)
      let bytes = [UInt8](unsafeUninitializedCapacity: count) { storage, taken in
        taken = max(0, pread(descriptor, storage.baseAddress, count, off_t(position)))
      }
      guard !bytes.isEmpty else { throw FakeHubError.lastCall(on: path) }
      try send(bytes[...], offset: position)
      position += bytes.count
    }
  }

  /// - Parameter offset: Where the bytes stand in their file.
  private func send(_ bytes: ArraySlice<UInt8>, offset: Int) throws(ConnectionEnded) {
    var bytes = bytes
    if let index = delivery.flippedByte, (offset..<offset + bytes.count).contains(index) {
      bytes[bytes.startIndex + index - offset] ^= 0x10
    }
    guard let pace = delivery.bytesPerSecond else { return try connection.send(bytes) }
    let piece = max(1, pace / 20)
    while !bytes.isEmpty {
      try connection.send(bytes.prefix(piece))
      bytes = bytes.dropFirst(piece)
      try connection.wait(milliseconds: Int32(min(60_000, 1000 * piece / pace)))
    }
  }

  private func sendForEver() throws(ConnectionEnded) {
    let filler = [UInt8](repeating: UInt8(ascii: " "), count: 64 << 10)
    while true { try send(filler[...], offset: .max / 2) }
  }
}

/// Takes one request after the other from what a client sends.
struct RequestReader {
  let socket: TimedSocket
  let limits: HTTPLimits
  /// What was read and belongs to no request yet: at most a head and one read more.
  private var buffer: [UInt8] = []
  /// How many bytes of the buffer hold no end of a head.
  private var searched = 0

  init(_ socket: TimedSocket, limits: HTTPLimits) {
    (self.socket, self.limits) = (socket, limits)
  }

  /// The next request; nil where the client has ended the connection.
  ///
  /// - Throws: `HTTPRefusal`, `TimeIsUp` for a client that is silent or slow, and the socket's errors.
  mutating func next() async throws -> HTTPRequest? {
    var hasBegun = !buffer.isEmpty
    var deadline = ContinuousClock.now + (hasBegun ? limits.head : limits.idle)
    while true {
      if let head = try takeHead() { return try HTTPRequest(head: head, limits: limits) }
      guard let bytes = try await socket.read(until: deadline) else { return nil }
      // One time for the whole head: a byte now and then does not prolong it.
      if !hasBegun { (hasBegun, deadline) = (true, .now + limits.head) }
      buffer += bytes
    }
  }

  /// The lines up to the next empty one, where it has come.
  private mutating func takeHead() throws(HTTPRefusal) -> ArraySlice<UInt8>? {
    // Some clients end their last request with a line too many.
    while buffer.starts(with: [0x0D, 0x0A]) {
      buffer.removeFirst(2)
      searched = 0
    }
    let end = (searched..<buffer.count).first { endsHead(at: $0) }
    searched = buffer.count
    guard (end ?? buffer.count) < limits.headBytes else { throw .headTooLarge }
    guard let end else { return nil }
    let head = buffer[...end]
    buffer.removeFirst(end + 1)
    searched = 0
    return head
  }

  /// Whether a byte ends an empty line. Lone line feeds end lines here, so that they are refused at
  /// once, not when the time is up.
  private func endsHead(at index: Int) -> Bool {
    guard index > 0, buffer[index] == 0x0A else { return false }
    let before = buffer[index - 1] == 0x0D ? index - 2 : index - 1
    return before >= 0 && buffer[before] == 0x0A
  }
}

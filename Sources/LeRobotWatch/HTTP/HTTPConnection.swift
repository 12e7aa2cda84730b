/// Says what a request is answered.
protocol HTTPHandler: Sendable {
  func answer(_ request: HTTPRequest) async -> HTTPResponse
}

/// One client: its requests are answered one after the other.
struct HTTPConnection {
  private let socket: TimedSocket
  private let limits: HTTPLimits
  private let handler: any HTTPHandler

  init(_ socket: TimedSocket, limits: HTTPLimits, handler: any HTTPHandler) {
    (self.socket, self.limits, self.handler) = (socket, limits, handler)
  }

  /// Answers until either side has enough, and closes the socket. What goes wrong concerns this
  /// client alone.
  func serve() async {
    defer { socket.close() }
    do {
      try await answerRequests()
    } catch let refusal as HTTPRefusal {
      await refuse(refusal)
    } catch {
      // The client is gone or too slow, a file ended early, or the server ends.
    }
  }

  /// Tells the client to come later, and closes the socket.
  func turnAway() async {
    defer { socket.close() }
    await refuse(.tooManyConnections)
  }

  private func refuse(_ refusal: HTTPRefusal) async {
    do {
      try await send(refusal.response, isHead: false, isChunked: false, isLast: true)
      await socket.end()
    } catch {
      // The client does not hear it.
    }
  }

  private func answerRequests() async throws {
    var reader = RequestReader(socket, limits: limits)
    while let request = try await reader.next() {
      let response = await handler.answer(request)
      let isHead = request.method == "HEAD"
      var isLast = !request.keepsAlive
      if case .stream = response.body, !isHead { isLast = true }
      try await send(
        response, isHead: isHead, isChunked: request.readsChunks, isLast: isLast)
      if isLast { return await socket.end() }
    }
  }

  // MARK: - Sending

  private func send(
    _ response: HTTPResponse, isHead: Bool, isChunked: Bool, isLast: Bool
  ) async throws {
    let head = response.head(isChunked: isChunked, isLast: isLast)
    switch response.body {
    case .bytes(let bytes):
      try await socket.write(isHead ? head : head + bytes)
    case .pieces(var pieces, _):
      try await socket.write(head)
      while !isHead, let piece = try await pieces.next() { try await socket.write(piece) }
    case .stream(let pieces):
      try await socket.write(head)
      if !isHead { try await stream(pieces, isChunked: isChunked) }
    }
  }

  /// Sends until the stream or the connection ends. A client that leaves is noticed at once, so that
  /// its place is free for the next.
  private func stream(_ pieces: any BodyPieces, isChunked: Bool) async throws {
    try await withThrowingTaskGroup(of: Void.self) { group in
      group.addTask { try await socket.waitForEnd() }
      group.addTask {
        var pieces = pieces
        while let piece = try await pieces.next() {
          let size = String(piece.count, radix: 16)
          if isChunked { try await socket.write(Array("\(size)\r\n".utf8)) }
          try await socket.write(piece)
          if isChunked { try await socket.write(Array("\r\n".utf8)) }
        }
        if isChunked { try await socket.write(Array("0\r\n\r\n".utf8)) }
      }
      defer { group.cancelAll() }
      try await group.next()
    }
  }
}

import Foundation

/// The body of a request, read piece by piece when the answer asks for it.
final class RequestBody {
  private enum Length {
    case known(rest: Int)
    /// The rest of the current chunk; nil before the first.
    case chunked(rest: Int?)
    case over
  }

  /// Bytes taken so far.
  private(set) var count = 0

  private let connection: Connection
  private var length: Length
  private var awaitsContinue: Bool
  /// The connection is cut after so many bytes.
  private let limit: Int?

  init(of head: RequestHead, on connection: Connection, limit: Int?) {
    self.connection = connection
    self.limit = limit
    awaitsContinue = head.header("Expect")?.lowercased() == "100-continue"
    if head.header("Transfer-Encoding")?.lowercased().hasSuffix("chunked") == true {
      length = .chunked(rest: nil)
    } else {
      let count = head.header("Content-Length").flatMap { Int($0) } ?? 0
      length = count > 0 ? .known(rest: count) : .over
    }
  }

  /// Whether the client is done sending this request.
  var isOver: Bool {
    if case .over = length { true } else { false }
  }

  /// The client waits for a permission that it did not get: it will not send the body.
  var isHeldBack: Bool { awaitsContinue && !isOver }

  /// The next bytes; empty at the end.
  func next() throws(ConnectionEnded) -> ArraySlice<UInt8> {
    if let limit, count >= limit { throw ConnectionEnded() }
    if awaitsContinue && !isOver {
      awaitsContinue = false
      try connection.send("HTTP/1.1 100 Continue\r\n\r\n")
    }
    switch length {
    case .over: return []
    case .known(let rest):
      let piece = try take(rest)
      length = piece.count == rest ? .over : .known(rest: rest - piece.count)
      return piece
    case .chunked(let rest): return try nextOfChunks(rest)
    }
  }

  /// Everything in memory.
  func all(limit: Int = 1 << 30) throws -> Data {
    var data = Data()
    while true {
      let piece = try next()
      if piece.isEmpty { return data }
      data.append(contentsOf: piece)
      if data.count > limit {
        throw Refusal(413, "PayloadTooLarge", "The request is too large.")
      }
    }
  }

  /// Takes the rest and forgets it.
  func skip() throws(ConnectionEnded) {
    while !(try next()).isEmpty {}
  }

  private func take(_ most: Int) throws(ConnectionEnded) -> ArraySlice<UInt8> {
    let piece = try connection.read(upTo: min(most, limit.map { $0 - count } ?? most))
    count += piece.count
    return piece
  }

  private func nextOfChunks(_ rest: Int?) throws(ConnectionEnded) -> ArraySlice<UInt8> {
    var rest = rest ?? 0
    if rest == 0 {
      let size = try connection.readLine().prefix { $0 != ";" && $0 != " " }
      guard let count = Int(size, radix: 16), count >= 0 else { throw ConnectionEnded() }
      if count == 0 {
        while !(try connection.readLine()).isEmpty {}
        length = .over
        return []
      }
      rest = count
    }
    let piece = try take(rest)
    rest -= piece.count
    if rest == 0 { _ = try connection.readLine() }
    length = .chunked(rest: rest)
    return piece
  }
}

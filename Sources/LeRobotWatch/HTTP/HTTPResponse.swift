/// The answers that this server gives.
enum HTTPStatus: Int {
  case ok = 200
  case partialContent = 206
  case badRequest = 400
  case forbidden = 403
  case notFound = 404
  case methodNotAllowed = 405
  case bodyTooLarge = 413
  case rangeNotSatisfiable = 416
  case headTooLarge = 431
  case unavailable = 503
  case versionNotSupported = 505

  fileprivate var reason: String {
    switch self {
    case .ok: "OK"
    case .partialContent: "Partial Content"
    case .badRequest: "Bad Request"
    case .forbidden: "Forbidden"
    case .notFound: "Not Found"
    case .methodNotAllowed: "Method Not Allowed"
    case .bodyTooLarge: "Content Too Large"
    case .rangeNotSatisfiable: "Range Not Satisfiable"
    case .headTooLarge: "Request Header Fields Too Large"
    case .unavailable: "Service Unavailable"
    case .versionNotSupported: "HTTP Version Not Supported"
    }
  }
}

/// Bytes that are made as they are sent.
protocol BodyPieces: Sendable {
  /// At least one byte; nil after the last.
  mutating func next() async throws -> [UInt8]?
}

/// What follows a response's head.
enum HTTPBody: Sendable {
  case bytes([UInt8])
  /// As many bytes as are said, in pieces.
  case pieces(any BodyPieces, count: Int)
  /// Pieces until the connection ends.
  case stream(any BodyPieces)
}

/// What a request is answered.
struct HTTPResponse: Sendable {
  var status: HTTPStatus
  /// The fields of the head, without those that say where the body ends.
  var fields: [(name: String, value: String)]
  var body: HTTPBody

  static func text(_ status: HTTPStatus, _ text: String) -> HTTPResponse {
    HTTPResponse(
      status: status, fields: [("Content-Type", "text/plain; charset=utf-8")],
      body: .bytes(Array(text.utf8)))
  }

  /// The head as it is sent.
  ///
  /// - Parameters:
  ///   - isChunked: whether a stream's pieces say how long they are; otherwise the end of the
  ///     connection is the end of the stream.
  ///   - isLast: whether the connection ends with this response.
  func head(isChunked: Bool, isLast: Bool) -> [UInt8] {
    var fields = fields
    switch body {
    case .bytes(let bytes): fields.append(("Content-Length", "\(bytes.count)"))
    case .pieces(_, let count): fields.append(("Content-Length", "\(count)"))
    case .stream: if isChunked { fields.append(("Transfer-Encoding", "chunked")) }
    }
    if isLast { fields.append(("Connection", "close")) }
    let lines = fields.map { "\($0.name): \($0.value)\r\n" }.joined()
    return Array("HTTP/1.1 \(status.rawValue) \(status.reason)\r\n\(lines)\r\n".utf8)
  }
}

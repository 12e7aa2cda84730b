/// An answer that is ready to be sent.
struct Response {
  enum Body {
    case bytes([UInt8])
    /// A part of a file on disk, read while it is sent.
    case file(path: String, range: Range<Int>)

    var count: Int {
      switch self {
      case .bytes(let bytes): bytes.count
      case .file(_, let range): range.count
      }
    }
  }

  var status = 200
  var headers: [(name: String, value: String)] = []
  var body = Body.bytes([])
  /// Where the body begins in the file that it is a part of.
  var offset = 0

  static func json(_ value: JSON, status: Int = 200) -> Response {
    Response(
      status: status, headers: [("Content-Type", "application/json; charset=utf-8")],
      body: .bytes(Array(value.text.utf8)))
  }

  static func text(_ text: String, status: Int = 200) -> Response {
    Response(
      status: status, headers: [("Content-Type", "text/plain; charset=utf-8")],
      body: .bytes(Array(text.utf8)))
  }

  /// The answer with this header, in place of others with its name.
  func with(_ name: String, _ value: String) -> Response {
    var response = self
    response.headers.removeAll { $0.name == name }
    response.headers.append((name, value))
    return response
  }

  /// The part of the body that a `Range` header asks for.
  ///
  /// One range of bytes, as RFC 9110 section 14 has it; several are answered with the whole.
  func part(_ header: String?) -> Response {
    var result = with("Accept-Ranges", "bytes")
    let total = body.count
    guard status == 200, let header, header.hasPrefix("bytes="), !header.contains(",") else {
      return result
    }
    let ends = header.dropFirst(6).split(separator: "-", omittingEmptySubsequences: false)
    guard ends.count == 2 else { return result }
    let range: Range<Int>
    switch (Int(ends[0]), Int(ends[1])) {
    case (let first?, let last?) where first <= last:
      range = min(first, total)..<min(last + 1, total)
    case (let first?, nil) where ends[1].isEmpty: range = min(first, total)..<total
    case (nil, let count?) where ends[0].isEmpty: range = max(0, total - count)..<total
    default: return result
    }
    if range.isEmpty {
      return Response.text("Range Not Satisfiable", status: 416)
        .with("Content-Range", "bytes */\(total)")
    }
    result.status = 206
    result.headers.append(
      ("Content-Range", "bytes \(range.lowerBound)-\(range.upperBound - 1)/\(total)"))
    result.body = body.part(range)
    result.offset = range.lowerBound
    return result
  }
}

extension Response.Body {
  fileprivate func part(_ range: Range<Int>) -> Response.Body {
    switch self {
    case .bytes(let bytes): .bytes(Array(bytes[range]))
    case .file(let path, let whole):
      .file(
        path: path,
        range: whole.lowerBound + range.lowerBound..<whole.lowerBound + range.upperBound)
    }
  }
}

/// The phrase that follows a status.
func reason(of status: Int) -> String {
  let reasons = [
    200: "OK", 206: "Partial Content", 301: "Moved Permanently", 302: "Found",
    307: "Temporary Redirect", 308: "Permanent Redirect", 400: "Bad Request", 401: "Unauthorized",
    403: "Forbidden", 404: "Not Found", 405: "Method Not Allowed", 409: "Conflict",
    412: "Precondition Failed", 413: "Payload Too Large", 416: "Range Not Satisfiable",
    422: "Unprocessable Entity", 429: "Too Many Requests", 500: "Internal Server Error",
    502: "Bad Gateway", 503: "Service Unavailable", 504: "Gateway Timeout",
  ]
  return reasons[status] ?? "Status"
}

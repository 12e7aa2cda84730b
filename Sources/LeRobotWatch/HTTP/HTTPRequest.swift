/// The head of a request (RFC 9112); this server takes no body.
struct HTTPRequest: Sendable {
  let method: String
  /// As it was sent, with its escapes, without a query.
  let path: String
  /// The name by which the client calls this server.
  let host: String?
  /// Whether another request may follow on the same connection.
  let keepsAlive: Bool
  /// Whether the client can read a body whose length is not known at first.
  let readsChunks: Bool
  private let fields: HTTPFields

  /// A field's value; several of one name are joined by commas, as the standard has it.
  subscript(name: String) -> String? { fields[name]?.joined(separator: ", ") }

  /// - Parameter head: up to the empty line and with it.
  /// - Throws: `HTTPRefusal` for what is no request or has a body.
  init(head: ArraySlice<UInt8>, limits: HTTPLimits) throws(HTTPRefusal) {
    let lines = try Self.lines(head)
    let line = try RequestLine(lines[0])
    fields = try HTTPFields(lines.dropFirst(), limit: limits.fields)
    try fields.refuseBody()
    let hosts = fields["host"] ?? []
    guard hosts.count < 2 else { throw .malformed }
    method = line.method
    path = line.path
    // A target with a name counts more than the field (RFC 9112, section 3.2.2).
    host = line.authority ?? hosts.first
    readsChunks = line.minor > 0
    keepsAlive = line.minor > 0 && !fields.asksForClose
  }

  /// At least one, without the empty one. Each ends with CR LF: programs that disagree about a lone CR
  /// or LF can be made to see different requests.
  private static func lines(
    _ head: ArraySlice<UInt8>
  ) throws(HTTPRefusal) -> [ArraySlice<UInt8>] {
    var lines: [ArraySlice<UInt8>] = []
    for line in head.split(separator: 0x0A, omittingEmptySubsequences: false).dropLast() {
      guard line.last == 0x0D, !line.dropLast().contains(0x0D) else { throw .malformed }
      lines.append(line.dropLast())
    }
    guard lines.count > 1 else { throw .malformed }
    return lines.dropLast()
  }
}

/// The first line of a request: `GET /path?query HTTP/1.1`.
private struct RequestLine {
  let method: String
  let path: String
  /// The server's name, where the target is a whole address.
  let authority: String?
  /// Of the version, after `1.`.
  let minor: Int

  init(_ line: ArraySlice<UInt8>) throws(HTTPRefusal) {
    let words = line.split(separator: 0x20, omittingEmptySubsequences: false)
    guard words.count == 3, words[0].isToken, !words[1].isEmpty,
      words[1].allSatisfy({ (0x21...0x7E).contains($0) })
    else { throw .malformed }
    method = String(decoding: words[0], as: UTF8.self)
    minor = try Self.minor(of: words[2])
    (authority, path) = Self.parts(String(decoding: words[1], as: UTF8.self))
  }

  private static func minor(of version: ArraySlice<UInt8>) throws(HTTPRefusal) -> Int {
    let digits = version.dropFirst(5)
    guard version.starts(with: "HTTP/".utf8), digits.count == 3,
      let major = digits.first, (0x30...0x39).contains(major),
      digits.dropFirst().first == 0x2E, let minor = digits.last, (0x30...0x39).contains(minor)
    else { throw .malformed }
    guard major == 0x31 else { throw .unknownVersion }
    return Int(minor) - 0x30
  }

  /// Of `http://name:port/path?query` and of `/path?query`; other targets are paths of nothing.
  private static func parts(_ target: String) -> (authority: String?, path: String) {
    var (authority, rest) = (String?.none, Substring(target))
    if target.lowercased().hasPrefix("http://") {
      let address = target.dropFirst(7)
      let end = address.firstIndex { "/?#".contains($0) } ?? address.endIndex
      authority = String(address[..<end])
      rest = address[end...].hasPrefix("/") ? address[end...] : "/" + address[end...]
    }
    return (authority, String(rest.prefix { $0 != "?" }))
  }
}

extension ArraySlice<UInt8> {
  /// Whether it can be a method or the name of a field (RFC 9110, section 5.6.2).
  var isToken: Bool {
    !isEmpty
      && allSatisfy { byte in
        switch byte {
        case 0x30...0x39, 0x41...0x5A, 0x61...0x7A: true
        default: "!#$%&'*+-.^_`|~".utf8.contains(byte)
        }
      }
  }
}

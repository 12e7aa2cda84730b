/// A request without its body.
struct RequestHead {
  let method: String
  /// As sent: a path with query, or a whole address to a proxy.
  let target: String
  let version: String
  let headers: [(name: String, value: String)]

  /// The host and port of a whole address, nil of a plain path.
  let proxiedHost: String?
  /// The path as sent, without query.
  let rawPath: String
  let query: [(name: String, value: String)]

  /// The parts between slashes, each decoded on its own: `a%2Fb` is one part.
  var segments: [String] {
    rawPath.dropFirst().split(separator: "/", omittingEmptySubsequences: false)
      .map { percentDecoded($0) }
  }

  /// The first header with this name, in whatever case.
  func header(_ name: String) -> String? {
    headers.first { $0.name.lowercased() == name.lowercased() }?.value
  }

  /// The first value in the query.
  func parameter(_ name: String) -> String? {
    query.first { $0.name == name }?.value
  }

  /// Whether the query asks for it: `recursive=True`, `blobs=1`.
  func isSet(_ name: String) -> Bool {
    ["true", "1"].contains(parameter(name)?.lowercased())
  }

  var asksToClose: Bool {
    let connection = header("Connection")?.lowercased() ?? ""
    return version == "HTTP/1.0" ? connection != "keep-alive" : connection == "close"
  }
}

extension RequestHead {
  /// Reads the lines up to the empty one.
  ///
  /// - Returns: Nil where they are not HTTP.
  init?(from connection: Connection) throws(ConnectionEnded) {
    var line = try connection.readLine()
    if line.isEmpty { line = try connection.readLine() }
    let words = line.split(separator: " ").map(String.init)
    guard words.count == 3, words[2].hasPrefix("HTTP/1.") else { return nil }
    var headers: [(name: String, value: String)] = []
    while true {
      let line = try connection.readLine()
      if line.isEmpty { break }
      guard let colon = line.firstIndex(of: ":"), headers.count < 1000 else { return nil }
      let value = line[line.index(after: colon)...].drop { $0 == " " || $0 == "\t" }
      headers.append((String(line[..<colon]), String(value)))
    }
    self.init(method: words[0], target: words[1], version: words[2], headers: headers)
  }

  init(method: String, target: String, version: String, headers: [(name: String, value: String)]) {
    var path = Substring(target)
    var host: String?
    if target.lowercased().hasPrefix("http://") {
      let address = target.dropFirst(7)
      host = String(address.prefix { $0 != "/" && $0 != "?" })
      path = address.drop { $0 != "/" && $0 != "?" }
    }
    self.method = method
    self.target = target
    self.version = version
    self.headers = headers
    proxiedHost = host
    rawPath = String(path.prefix { $0 != "?" })
    query = formDecoded(path.drop { $0 != "?" }.dropFirst())
  }
}

/// Pairs of a query or of a form.
func formDecoded(_ text: Substring) -> [(name: String, value: String)] {
  text.split(separator: "&").map { pair in
    let words = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      .map { percentDecoded(String($0).replacing("+", with: " ")) }
    return (words[0], words.count > 1 ? words[1] : "")
  }
}

/// Text with `%2F` and the like replaced; what is no such code stays.
func percentDecoded(_ text: some StringProtocol) -> String {
  var bytes: [UInt8] = []
  var rest = Array(text.utf8)[...]
  while let byte = rest.popFirst() {
    if byte == UInt8(ascii: "%"), rest.count >= 2,
      let value = UInt8(String(decoding: rest.prefix(2), as: UTF8.self), radix: 16)
    {
      bytes.append(value)
      rest = rest.dropFirst(2)
    } else {
      bytes.append(byte)
    }
  }
  return String(decoding: bytes, as: UTF8.self)
}

/// Text with everything but letters, digits and `-._~` (and what is allowed) encoded.
func percentEncoded(_ text: String, allowing: String = "") -> String {
  let plain = Set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~".utf8)
    .union(allowing.utf8)
  return text.utf8.reduce(into: "") { result, byte in
    if plain.contains(byte) {
      result.unicodeScalars.append(Unicode.Scalar(byte))
    } else {
      result += (byte < 16 ? "%0" : "%") + String(byte, radix: 16, uppercase: true)
    }
  }
}

import LeRobotCore

/// One question to a server.
package struct HTTPRequest: Sendable {
  package enum Method: String, Sendable {
    case get = "GET"
    case head = "HEAD"
    case post = "POST"
    case put = "PUT"
    case delete = "DELETE"
  }

  /// What is sent with it.
  package enum Body: Sendable {
    case bytes([UInt8])
    /// `count` bytes of a file from `offset` on, read while they are sent.
    case file(path: String, offset: Int, count: Int)

    /// In bytes.
    package var count: Int {
      switch self {
      case .bytes(let bytes): bytes.count
      case .file(_, _, let count): count
      }
    }
  }

  package var method: Method
  package var address: HTTPAddress
  /// Names and values.
  package var headers: [(name: String, value: String)] = []
  package var body: Body?
  /// Whether it changes something on the server, for which a token may be needed.
  package var isChange = false
  /// Whether the address itself says that it may be done; no token is sent then.
  package var isAnonymous = false
  /// Told how many bytes of the body were sent.
  package var onSent: (@Sendable (Int) -> Void)?

  package init(_ method: Method, _ address: HTTPAddress, body: Body? = nil) {
    self.method = method
    self.address = address
    self.body = body
  }

  /// Gives it a body of JSON.
  mutating func set(_ value: JSONValue, as mediaType: String = "application/json") {
    body = .bytes(Array(value.pythonText().utf8))
    set("Content-Type", mediaType)
  }

  /// Adds a header, in place of any of that name. A value that would be two headers is none.
  package mutating func set(_ name: String, _ value: String) {
    headers.removeAll { $0.name.lowercased() == name.lowercased() }
    if value.utf8.allSatisfy({ $0 >= 32 && $0 != 127 }) { headers.append((name, value)) }
  }
}

extension HTTPRequest {
  /// The request as it is sent on to where an answer says. Bodies go where they were meant to go, and
  /// nothing that was secret becomes readable.
  ///
  /// - Throws: `HubError.badRedirect` where it must not go there.
  package func redirected(to location: String) throws(HubError) -> HTTPRequest {
    guard let next = address.resolving(location) else {
      throw .badRedirect(from: address, to: String(location.withoutControls.prefix(200)))
    }
    let isElsewhere = next.origin != address.origin
    if address.isSecure && !next.isSecure || isElsewhere && body != nil {
      throw .badRedirect(from: address, to: next.shown)
    }
    var request = self
    request.address = next
    return request
  }
}

/// The head of an answer.
package struct HTTPHead: Sendable {
  package var status: Int
  /// By their names in lower case.
  package var headers: [String: String] = [:]

  package init(status: Int) { self.status = status }

  package subscript(name: String) -> String? { headers[name.lowercased()] }

  package var isSuccess: Bool { (200..<300).contains(status) }
  /// The answer is somewhere else.
  package var isRedirect: Bool { [301, 302, 303, 307, 308].contains(status) }
}

/// An answer with all of its body, which is short.
package struct HTTPResponse: Sendable {
  package var head: HTTPHead
  package var body: [UInt8]

  package var text: String { String(decoding: body, as: UTF8.self) }
}

extension String {
  /// A server's words without what would change lines, colours or titles of a terminal.
  var withoutControls: String {
    var scalars = unicodeScalars
    scalars.removeAll {
      [.control, .lineSeparator, .paragraphSeparator].contains($0.properties.generalCategory)
    }
    return String(scalars)
  }
}

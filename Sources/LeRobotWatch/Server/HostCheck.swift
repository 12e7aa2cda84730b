/// Which names of this server a request may use.
///
/// A page of a foreign server can have its own name lead to this machine; the browser then takes the
/// answer for that server's and lets the page read it (DNS rebinding). Its name gives it away. Ports
/// say nothing: the end of a tunnel has one of its own.
struct HostCheck {
  let port: UInt16

  func allows(_ host: String?) -> Bool {
    guard let host = host?.lowercased() else { return false }
    return ["127.0.0.1", "localhost", "[::1]"].contains { name in
      guard host.hasPrefix(name) else { return false }
      return Self.isPort(host.utf8.dropFirst(name.utf8.count))
    }
  }

  /// Nothing, or a colon and digits.
  private static func isPort(_ text: Substring.UTF8View) -> Bool {
    guard let colon = text.first else { return true }
    let digits = text.dropFirst()
    return colon == 0x3A && (1...5).contains(digits.count)
      && digits.allSatisfy { (0x30...0x39).contains($0) }
  }

  /// What a user reads who came by another name.
  var refusal: String {
    """
    This server answers at http://127.0.0.1:\(port)/ and http://localhost:\(port)/ only.
    From another machine: ssh -L \(port):127.0.0.1:\(port) HOST

    """
  }
}

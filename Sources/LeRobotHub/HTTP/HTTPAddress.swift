import Foundation

/// The address of something on a server, `https://host:port/path?query`.
package struct HTTPAddress: Sendable, Equatable, CustomStringConvertible {
  /// Scheme, host and port: what has to be the same for a token to be sent.
  package struct Origin: Sendable, Equatable {
    package let scheme: String
    package let host: String
    package let port: Int
  }

  private let url: URL
  package let origin: Origin

  /// nil for anything but http and https with a host, and for an address with a password in it.
  package init?(_ text: String) {
    guard text.utf8.count < 1 << 16, let url = URL(string: text) else { return nil }
    self.init(url)
  }

  private init?(_ url: URL) {
    let url = url.absoluteURL
    guard let scheme = url.scheme?.lowercased(), scheme == "http" || scheme == "https",
      let host = url.host()?.lowercased(), !host.isEmpty, url.user() == nil, url.password() == nil
    else { return nil }
    let port = url.port ?? (scheme == "https" ? 443 : 80)
    self.url = url
    origin = Origin(scheme: scheme, host: host, port: port)
  }

  /// What a `Location` or `Link` header of an answer from here means.
  package func resolving(_ reference: String) -> HTTPAddress? {
    guard reference.utf8.count < 1 << 16 else { return nil }
    return URL(string: reference, relativeTo: url).flatMap(HTTPAddress.init)
  }

  package var isSecure: Bool { origin.scheme == "https" }

  /// With what a signed address carries, which a log must not show: see `shown`.
  package var description: String { url.absoluteString }

  /// Without the query, which may hold a signature that opens the file to anyone.
  package var shown: String {
    var parts = URLComponents(url: url, resolvingAgainstBaseURL: true)
    parts?.query = nil
    parts?.fragment = nil
    return parts?.string ?? "\(origin.scheme)://\(origin.host)"
  }

  package static func == (a: HTTPAddress, b: HTTPAddress) -> Bool { a.url == b.url }

  /// A path's part or a query's value with everything escaped that would mean something else there.
  package static func escaped(_ text: some StringProtocol, keepingSlashes: Bool = false) -> String {
    var allowed = CharacterSet(
      charactersIn: "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~")
    if keepingSlashes { allowed.insert("/") }
    return text.addingPercentEncoding(withAllowedCharacters: allowed) ?? ""
  }
}

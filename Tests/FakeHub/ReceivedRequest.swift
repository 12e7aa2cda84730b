/// Which of a hub's two hosts was asked.
package enum HubHost: String, Sendable {
  /// The address that stands in `HF_ENDPOINT`.
  case endpoint
  /// Where LFS objects are uploaded to and downloaded from.
  case cdn
}

/// What the hub keeps of a request.
package struct ReceivedRequest: Sendable {
  /// 1 for the first since the start, or since ``FakeHub/clearRequests()``.
  package let number: Int
  package let host: HubHost
  package let method: String
  /// As sent: with query, encoded, and a whole address where the hub is used as a proxy.
  package let target: String
  /// Decoded, without query.
  package let path: String
  package let query: [String: [String]]
  /// By name in lower case.
  package let headers: [String: [String]]
  /// The client took the hub for a proxy.
  package let isProxied: Bool
  /// Bytes of the body that arrived; 0 until the answer begins.
  package internal(set) var bodySize = 0
  /// Nil until the answer begins, and where the connection ended before.
  package internal(set) var status: Int?
  /// Whether a fault was applied.
  package internal(set) var hadFault = false

  package func header(_ name: String) -> String? { headers[name.lowercased()]?.first }

  package var authorization: String? { header("Authorization") }
  package var token: String? {
    authorization.flatMap { $0.hasPrefix("Bearer ") ? String($0.dropFirst(7)) : nil }
  }
  package var userAgent: String? { header("User-Agent") }
  package var range: String? { header("Range") }
  /// The host that the client believes it talks to.
  package var hostHeader: String? { header("Host") }
}

extension ReceivedRequest {
  init(number: Int, host: HubHost, head: RequestHead) {
    self.number = number
    self.host = host
    method = head.method
    target = head.target
    path = percentDecoded(head.rawPath)
    query = Dictionary(grouping: head.query, by: \.name).mapValues { $0.map(\.value) }
    headers = Dictionary(grouping: head.headers) { $0.name.lowercased() }
      .mapValues { $0.map(\.value) }
    isProxied = head.proxiedHost != nil || head.method == "CONNECT"
  }
}

extension ReceivedRequest: CustomStringConvertible {
  /// One line, without the token.
  package var description: String {
    let details = [
      "\(number) \(host) \(method) \(target) -> \(status.map(String.init) ?? "-")",
      range.map { "range=\($0)" }, bodySize > 0 ? "body=\(bodySize)" : nil,
      authorization == nil ? nil : "authorized", isProxied ? "proxied" : nil,
      hadFault ? "fault" : nil,
    ]
    return details.compactMap { $0 }.joined(separator: " ")
  }
}

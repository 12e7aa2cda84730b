/// How servers are reached.
package struct NetworkSettings: Sendable {
  /// Seconds until a connection stands (huggingface_hub's `HF_HUB_ETAG_TIMEOUT`).
  package var connectTimeout = 10
  /// Seconds without a byte until an exchange is given up (`HF_HUB_DOWNLOAD_TIMEOUT`).
  package var idleTimeout = 10
  /// Seconds that a server may take over what it was sent: a commit, or parts that become a file.
  package var workTimeout = 120
  /// A file of certificates to trust instead of the system's.
  package var certificates: String?
  private let proxies: [String: String]
  private let exceptions: [String]

  /// Reads the variables that curl, Python's requests and huggingface_hub read.
  package init(_ variables: [String: String]) {
    func value(_ names: String...) -> String? {
      names.lazy.compactMap { variables[$0] }.first { !$0.isEmpty }
    }
    let any = value("all_proxy", "ALL_PROXY")
    proxies = [
      "http": value("http_proxy", "HTTP_PROXY") ?? any,
      "https": value("https_proxy", "HTTPS_PROXY") ?? any,
    ].compactMapValues { $0 }
    exceptions = (value("no_proxy", "NO_PROXY") ?? "").lowercased()
      .split { $0 == "," || $0.isWhitespace }.map(String.init)
    certificates = value("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_FILE")
    if let seconds = value("HF_HUB_DOWNLOAD_TIMEOUT").flatMap(Int.init), seconds > 0 {
      idleTimeout = min(seconds, 1 << 20)
    }
    if let seconds = value("HF_HUB_ETAG_TIMEOUT").flatMap(Int.init), seconds > 0 {
      connectTimeout = min(seconds, 1 << 20)
    }
  }

  /// Seconds without a byte until an exchange is given up.
  package func idleTimeout(of request: HTTPRequest) -> Int {
    let isWork = request.method != .get && (request.isChange || request.isAnonymous)
    return isWork ? max(idleTimeout, workTimeout) : idleTimeout
  }

  /// The proxy for a server, "" for none.
  package func proxy(for origin: HTTPAddress.Origin) -> String {
    let isException = exceptions.contains { exception in
      let name = exception.hasPrefix(".") ? String(exception.dropFirst()) : exception
      return exception == "*" || origin.host == name || origin.host.hasSuffix(".\(name)")
        || "\(origin.host):\(origin.port)" == name
    }
    return isException ? "" : proxies[origin.scheme] ?? ""
  }
}

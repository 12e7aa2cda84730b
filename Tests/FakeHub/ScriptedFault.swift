import Foundation

/// A fault that a script set over HTTP, with the requests it is for.
package struct ScriptedFault: Sendable {
  package let fault: Fault
  /// How many requests it is still for.
  package var times: Int
  private let method: String?
  private let path: String?
  private let host: HubHost?

  func matches(_ request: ReceivedRequest) -> Bool {
    (method ?? request.method) == request.method
      && (host ?? request.host) == request.host
      && (path.map { request.path.contains($0) } ?? true)
  }
}

extension ScriptedFault: Decodable {
  private enum CodingKeys: String, CodingKey {
    case fault, times, method, path, host, value, status, headers, body, values
  }

  /// Reads `{"fault": "cut", "value": 100, "method": "GET", "path": "…", "host": "cdn",
  /// "times": 1}`; what is not given matches everything, once.
  package init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    times = try container.decodeIfPresent(Int.self, forKey: .times) ?? 1
    method = try container.decodeIfPresent(String.self, forKey: .method)
    path = try container.decodeIfPresent(String.self, forKey: .path)
    host = try container.decodeIfPresent(String.self, forKey: .host)
      .flatMap { HubHost(rawValue: $0) }
    fault = try Self.fault(container)
  }

  private static func fault(_ container: KeyedDecodingContainer<CodingKeys>) throws -> Fault {
    func number() throws -> Int { try container.decode(Int.self, forKey: .value) }
    func text() throws -> String { try container.decode(String.self, forKey: .value) }
    switch try container.decode(String.self, forKey: .fault) {
    case "answer":
      return .answer(
        status: try container.decode(Int.self, forKey: .status),
        headers: try container.decodeIfPresent([String: String].self, forKey: .headers) ?? [:],
        body: try container.decodeIfPresent(String.self, forKey: .body) ?? "")
    case "tooManyRequests": return .tooManyRequests(retryAfter: try number())
    case "serverError": return .serverError
    case "unavailable": return .unavailable
    case "htmlPage": return .htmlPage
    case "garbageJSON": return .garbageJSON
    case "disconnect": return .disconnect
    case "loseAnswer": return .loseAnswer
    case "stall": return .stall
    case "cut": return .cut(afterBytes: try number())
    case "stallAfter": return .stallAfter(bytes: try number())
    case "cutUpload": return .cutUpload(afterBytes: try number())
    case "slow": return .slow(bytesPerSecond: try number())
    case "endless": return .endless
    case "hugeHeaders": return .hugeHeaders(kilobytes: try number())
    case "redirect": return .redirect(to: try text())
    case "flipByte": return .flipByte(at: try number())
    case "wrongLength": return .wrongLength(try number())
    case "hostilePaths":
      return .hostilePaths(try container.decode([String].self, forKey: .values))
    case "link": return .link(try text())
    case "all":
      return .all(try container.decode([ScriptedFault].self, forKey: .values).map(\.fault))
    default:
      throw DecodingError.dataCorruptedError(
        forKey: .fault, in: container, debugDescription: "there is no such fault")
    }
  }
}

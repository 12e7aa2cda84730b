import Foundation
import LeRobotCore

/// Asks the hub, and other servers that files come from. Every thread may use it.
///
/// The token goes to the hub's own address alone: not to the servers that files are stored on, nor to
/// any that an answer names.
package struct HubClient: Sendable {
  package private(set) var settings: HubSettings
  private let http: HTTPClient
  private let wait: Wait
  private let notice: @Sendable (String) -> Void
  /// An exchange that is under way ends when this says so.
  private var shallEnd: @Sendable () -> Bool

  /// Lets seconds pass, unless it is asked to end.
  package typealias Wait = @Sendable (_ seconds: Double, _ shallEnd: () -> Bool) -> Void

  private static let mostRedirects = 10
  /// In seconds; shorter ones are not worth a line.
  private static let longPause = 4.0

  /// - Parameters:
  ///   - notice: told of a long pause, in a line.
  ///   - wait: lets seconds pass between tries.
  package init(
    _ settings: HubSettings, shallEnd: @escaping @Sendable () -> Bool = { false },
    notice: @escaping @Sendable (String) -> Void = { _ in },
    wait: @escaping Wait = Self.sleep
  ) {
    self.settings = settings
    self.shallEnd = shallEnd
    (self.notice, self.wait) = (notice, wait)
    http = HTTPClient(settings.network)
  }

  private static let sleep: Wait = { seconds, shallEnd in
    let end = ContinuousClock.now + .seconds(seconds)
    while ContinuousClock.now < end, !shallEnd() {
      Thread.sleep(forTimeInterval: min(0.2, (end - .now).seconds))
    }
  }

  /// The same client, whose exchanges also end when `end` says so.
  package func ending(when end: @escaping @Sendable () -> Bool) -> HubClient {
    var client = self
    client.shallEnd = { [shallEnd] in shallEnd() || end() }
    return client
  }

  /// The same client, with other pauses between tries.
  package func pausing(_ pauses: [Double]) -> HubClient {
    var client = self
    client.settings.pauses = pauses
    return client
  }

  // MARK: One question

  /// Asks the hub and reads all of its answer, again where a failure may pass.
  ///
  /// - Parameter repository: what the question is about.
  /// - Throws: `HubError`, also for an answer that is an error.
  func ask(_ request: HTTPRequest, about repository: HubRepository? = nil) throws(HubError)
    -> HTTPResponse
  {
    try retrying { () throws(HubError) in
      let response = try once(request)
      guard response.head.isSuccess else { throw error(response, to: request, about: repository) }
      return response
    }
  }

  /// Asks once and reads all of the answer, which may be an error.
  func once(_ request: HTTPRequest) throws(HubError) -> HTTPResponse {
    var body: [UInt8] = []
    let head = try follow(request) { _, piece in
      body += piece
      return body.count <= Self.longestAnswer
    }
    return HTTPResponse(head: head, body: body)
  }

  /// What an answer that is an error says.
  func error(
    _ response: HTTPResponse, to request: HTTPRequest, about repository: HubRepository?
  ) -> HubError {
    HubError(response, to: request, about: repository, token: token(for: request))
  }

  /// Asks the hub for JSON.
  ///
  /// - Parameter isChange: whether the hub shall change something, or is about to.
  func json(
    _ method: HTTPRequest.Method = .get, _ path: String, _ value: JSONValue? = nil,
    about repository: HubRepository? = nil, isChange: Bool = false
  ) throws(HubError) -> JSONValue {
    var request = HTTPRequest(method, try settings.address(path))
    request.set("Accept", "application/json")
    request.isChange = isChange
    if let value { request.set(value) }
    return try parse(ask(request, about: repository), from: request.address)
  }

  func parse(_ response: HTTPResponse, from address: HTTPAddress) throws(HubError) -> JSONValue {
    do throws(JSONError) {
      return try JSONValue(parsing: response.text)
    } catch {
      let isPage = response.text.drop(while: \.isWhitespace).hasPrefix("<")
      throw .notTheHub(address, reason: isPage ? "a web page came" : "no JSON came")
    }
  }

  /// The longest answer that is read whole: a page of a listing is a thousand times shorter.
  static let longestAnswer = 64 << 20

  // MARK: Exchanges

  /// Does `body`, again after a pause where it fails in a way that may pass.
  func retrying<Result>(
    _ body: () throws(HubError) -> Result
  ) throws(HubError) -> Result {
    for pause in settings.pauses {
      do throws(HubError) {
        return try body()
      } catch {
        guard error.isPassing, !shallEnd() else { throw error }
        rest(pause, after: error)
      }
    }
    return try body()
  }

  /// Lets the time pass that the server asked for, or else so many seconds.
  func rest(_ seconds: Double, after error: HubError) {
    let pause = min(error.pause ?? seconds, settings.longestPause)
    if pause >= Self.longPause {
      notice("\(error.failure); trying again in \(Int(pause.rounded())) s")
    }
    wait(pause, shallEnd)
  }

  /// One exchange, sent on where the answer says so; `sink` gets the pieces of the last answer's body.
  ///
  /// - Throws: `HubError` where there is no answer; an answer that is an error is returned.
  func follow(
    _ request: HTTPRequest, sink: @escaping (HTTPHead, UnsafeRawBufferPointer) -> Bool
  ) throws(HubError) -> HTTPHead {
    if settings.isOffline { throw .offline(request.address) }
    var request = request
    request.set("User-Agent", Self.userAgent)
    for _ in 0...Self.mostRedirects {
      let head = try exchange(request, sink)
      guard head.isRedirect, let location = head["location"] else { return head }
      request = try request.redirected(to: location)
    }
    throw .badRedirect(from: request.address, to: "one address after the other")
  }

  private func exchange(
    _ request: HTTPRequest, _ sink: @escaping (HTTPHead, UnsafeRawBufferPointer) -> Bool
  ) throws(HubError) -> HTTPHead {
    var request = request
    if let token = token(for: request) { request.set("Authorization", "Bearer \(token.text)") }
    var (skipped, isEnding) = (0, false)
    do throws(HubError) {
      let head = try http.stream(request, shallEnd: shallEnd) { head, piece in
        guard head.isRedirect else {
          isEnding = !sink(head, piece)
          return !isEnding
        }
        skipped += piece.count
        isEnding = skipped > 1 << 20
        return !isEnding
      }
      if let busy = HubError(busy: head, request.address, token(for: request)) { throw busy }
      return head
    } catch {
      if case .noAnswer(let address, .ended) = error, isEnding { throw .endless(from: address) }
      throw error
    }
  }

  /// The token, where the request goes to the hub itself.
  private func token(for request: HTTPRequest) -> HubToken? {
    guard !request.isAnonymous, request.address.origin == settings.endpoint.origin else {
      return nil
    }
    return request.isChange ? settings.tokenForWriting() : settings.tokenForReading()
  }

  private static let userAgent = "lerobot-train/0.4.2; swift"
}

// MARK: - Answers that are errors

extension HubError {
  /// An answer that may be another one in a moment; nil for any other.
  fileprivate init?(busy head: HTTPHead, _ address: HTTPAddress, _ token: HubToken?) {
    guard [408, 429, 500, 502, 503, 504].contains(head.status) else { return nil }
    let pause = head["retry-after"].flatMap(Double.init).flatMap { $0 >= 0 ? $0 : nil }
    self = .busy(
      address, status: head.status, pause: pause,
      reason: Self.line(head["x-error-message"], token))
  }

  fileprivate init(
    _ response: HTTPResponse, to request: HTTPRequest, about repository: HubRepository?,
    token: HubToken?
  ) {
    let (status, address) = (response.head.status, request.address)
    let reason = Self.reason(response, token)
    switch (response.head["x-error-code"], repository) {
    case ("RepoNotFound", let repository?):
      self = .noRepository(repository, hasToken: token != nil)
    case ("RevisionNotFound", let repository?):
      self = .noRevision(repository, revision: request.revision, known: [])
    case ("EntryNotFound", let repository?):
      self = .noFile(repository, path: request.file, revision: request.revision)
    case ("GatedRepo", let repository?):
      self = .gated(repository, page: "\(address.base)\(repository.pagePath)")
    default:
      switch (status, token, repository) {
      case (401, let token?, _) where reason.contains("Invalid") || repository == nil:
        self = .badToken(token)
      case (401, nil, let repository?): self = .noRepository(repository, hasToken: false)
      case (401, nil, nil): self = .noToken
      case (403, _, _): self = .forbidden(address, reason: reason)
      case (412, _, let repository?): self = .changed(repository)
      default: self = .answered(address, status: status, reason: reason)
      }
    }
  }

  /// What the server says, in a line.
  private static func reason(_ response: HTTPResponse, _ token: HubToken?) -> String {
    if let message = response.head["x-error-message"] {
      return line(message, token)
    }
    guard let value = try? JSONValue(parsing: response.text) else { return "" }
    return line(value["error"]?.stringValue ?? value["message"]?.stringValue, token)
  }

  private static func line(_ text: String?, _ token: HubToken?) -> String {
    let text = text ?? ""
    let line = (token?.hidden(in: text) ?? text).split(whereSeparator: \.isNewline).first ?? ""
    return String(String(line).withoutControls.prefix(200))
  }
}

extension HTTPAddress {
  /// Scheme, host and port.
  fileprivate var base: String {
    let standard = origin.port == (isSecure ? 443 : 80)
    return "\(origin.scheme)://\(origin.host)" + (standard ? "" : ":\(origin.port)")
  }
}

extension HTTPRequest {
  /// What comes after `resolve` or `revision` in a path of the hub.
  fileprivate var revision: String {
    let parts = address.shown.split(separator: "/")
    let place = parts.firstIndex { ["resolve", "revision", "tree", "paths-info"].contains($0) }
    guard let place, place + 1 < parts.count else { return "" }
    return parts[place + 1].removingPercentEncoding ?? ""
  }

  /// The file's path in an address of the hub.
  fileprivate var file: String {
    let parts = address.shown.components(separatedBy: "/resolve/").dropFirst().first ?? ""
    return parts.split(separator: "/").dropFirst().joined(separator: "/").removingPercentEncoding
      ?? ""
  }
}

/// Answers a browser: the page, its events, and the files that the page shows.
struct WatchHandler: HTTPHandler {
  private let content: LiveContent
  private let host: HostCheck

  /// - Parameter port: at which browsers ask.
  init(_ content: LiveContent, port: UInt16) {
    self.content = content
    host = HostCheck(port: port)
  }

  func answer(_ request: HTTPRequest) async -> HTTPResponse {
    guard host.allows(request.host) else { return .text(.forbidden, host.refusal) }
    guard request.method == "GET" || request.method == "HEAD" else {
      var response = HTTPResponse.text(.methodNotAllowed, "This server is only read from.\n")
      response.fields.append(("Allow", "GET, HEAD"))
      return response
    }
    var response = await show(request)
    response.fields.append(("X-Content-Type-Options", "nosniff"))
    // Pages of other servers may not show what belongs to this one.
    response.fields.append(("Cross-Origin-Resource-Policy", "same-origin"))
    return response
  }

  private func show(_ request: HTTPRequest) async -> HTTPResponse {
    switch request.path {
    case "/":
      let page = Array(await content.html().utf8)
      return Self.fresh("text/html; charset=utf-8", .bytes(page))
    case "/events":
      return Self.fresh("text/event-stream", .stream(LiveEvents(content)))
    case let path:
      guard let file = RunFile(path, folders: content.folders) else {
        return .text(.notFound, "There is nothing here.\n")
      }
      return file.response(range: request["range"])
    }
  }

  private static func fresh(_ type: String, _ body: HTTPBody) -> HTTPResponse {
    HTTPResponse(
      status: .ok, fields: [("Content-Type", type), ("Cache-Control", "no-store")], body: body)
  }
}

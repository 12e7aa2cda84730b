/// An error that the hub answers, with the headers by which clients tell errors apart.
struct Refusal: Error {
  let response: Response

  /// - Parameter code: The value of `X-Error-Code`, where huggingface.co has one.
  init(_ status: Int, _ code: String?, _ message: String, extra: JSON = [:]) {
    var body = JSON.object([("error", .string(message))])
    if case .object(let members) = extra { members.forEach { body = body.with($0.key, $0.value) } }
    var response = Response.json(body, status: status)
      .with("X-Error-Message", Refusal.printable(message))
    if let code { response = response.with("X-Error-Code", code) }
    self.response = response
  }

  private init(_ response: Response) {
    self.response = response
  }

  func with(_ name: String, _ value: String) -> Refusal {
    Refusal(response.with(name, value))
  }

  static var invalidCredentials: Refusal {
    Refusal(401, nil, "Invalid credentials in Authorization header")
      .with("WWW-Authenticate", "Bearer realm=\"Authentication required\"")
  }

  static var notSignedIn: Refusal {
    Refusal(401, nil, "Invalid username or password.")
  }

  /// 401 says nothing about whether the repository exists.
  static func repositoryNotFound(hasToken: Bool) -> Refusal {
    hasToken
      ? Refusal(404, "RepoNotFound", "Repository not found")
      : Refusal(401, "RepoNotFound", "Invalid username or password.")
  }

  static func revisionNotFound(_ name: String) -> Refusal {
    Refusal(404, "RevisionNotFound", "Invalid rev id: \(name)")
  }

  static func entryNotFound(commit: String) -> Refusal {
    Refusal(404, "EntryNotFound", "Entry not found").with("X-Repo-Commit", commit)
  }

  static func gated(_ id: String, hasToken: Bool) -> Refusal {
    let remedy =
      hasToken ? "Your access to \(id) is not approved." : "You must be signed in to use \(id)."
    return Refusal(
      hasToken ? 403 : 401, "GatedRepo", "Access to \(id) is restricted. \(remedy)")
  }

  static func forbidden(_ message: String) -> Refusal {
    Refusal(403, nil, message)
  }

  static func badRequest(_ message: String) -> Refusal {
    Refusal(400, nil, message)
  }

  static var notFound: Refusal {
    Refusal(404, nil, "Sorry, we can't find the page you are looking for.")
  }

  /// What may stand in a header.
  private static func printable(_ text: String) -> String {
    String(text.unicodeScalars.map { $0.isASCII && $0.value >= 32 ? Character($0) : "?" })
  }
}

import Foundation

/// One request on its way to an answer.
struct Exchange {
  let core: HubCore
  let head: RequestHead
  let body: RequestBody
  let delivery: Delivery

  var isReading: Bool { head.method == "GET" || head.method == "HEAD" }

  /// Who asks, nil without a token.
  func account() throws -> Account? {
    guard let authorization = head.header("Authorization") else { return nil }
    let token = authorization.split(separator: " ").dropFirst().first.map(String.init) ?? ""
    let account = core.state.withLock { state in
      state.tokens[token].flatMap { found in
        state.users[found.user].map { Account(user: $0, token: found) }
      }
    }
    guard let account else { throw Refusal.invalidCredentials }
    return account
  }

  /// A repository that the client may see.
  func repository(_ key: RepositoryKey) throws -> Repository {
    let account = try account()
    guard let repository = core.state.withLock({ $0.repositories[key] }),
      !repository.isPrivate || account?.mayRead(repository) == true
    else { throw Refusal.repositoryNotFound(hasToken: account != nil) }
    return repository
  }

  /// A repository that the client may change, and who the client is.
  func writableRepository(_ key: RepositoryKey) throws -> (repository: Repository, by: Account) {
    let repository = try repository(key)
    guard let account = try account() else { throw Refusal.notSignedIn }
    if case .read = account.token.role {
      throw Refusal.forbidden(
        "Forbidden: you must use a write token to upload to a repository.")
    }
    guard account.mayWrite(repository) else {
      throw Refusal.forbidden(
        "Forbidden: pass a token with write access to \(key.id) to change this repository.")
    }
    return (repository, account)
  }

  func commit(_ repository: Repository, at revision: String) throws -> Commit {
    guard let commit = repository.commit(at: revision) else {
      throw Refusal.revisionNotFound(revision)
    }
    return commit
  }

  /// The body as JSON of this shape.
  func decoded<Value: Decodable>(_ type: Value.Type) throws -> Value {
    do {
      return try JSONDecoder().decode(type, from: try body.all())
    } catch is DecodingError {
      throw Refusal.badRequest("The body of the request is not what this address takes.")
    }
  }

  /// Changes a repository in one step.
  func change<Result: Sendable>(
    _ key: RepositoryKey, _ body: (inout Repository) throws -> Result
  ) throws -> Result {
    try core.state.withLock { state in
      guard var repository = state.repositories[key] else {
        throw Refusal.repositoryNotFound(hasToken: true)
      }
      let result = try body(&repository)
      state.repositories[key] = repository
      return result
    }
  }

  /// One page of a list, and what faults add to it; the address of the next is in the `Link`
  /// header.
  func page<Value>(
    of values: [Value], with additions: [JSON] = [], _ entry: (Value) -> JSON
  ) -> Response {
    let limit = head.parameter("limit").flatMap { Int($0) } ?? .max
    let size = max(1, min(core.settings.pageSize, limit))
    let start = min(
      max(0, head.parameter("cursor").flatMap { Int($0, radix: 36) } ?? 0), values.count)
    let end = min(start + size, values.count)
    let response = Response.json(.array(values[start..<end].map(entry) + additions))
    guard end < values.count else { return response }
    let query = head.query.filter { $0.name != "cursor" } + [("cursor", String(end, radix: 36))]
    let text = query.map { "\(percentEncoded($0.name))=\(percentEncoded($0.value))" }
    return response.with(
      "Link", "<\(core.endpoint)\(head.rawPath)?\(text.joined(separator: "&"))>; rel=\"next\"")
  }
}

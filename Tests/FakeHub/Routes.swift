import Foundation

extension Exchange {
  /// Answers as the hub itself.
  func answerAsEndpoint() throws -> Response {
    if head.method == "CONNECT" { return Response.text("This hub is no tunnel.", status: 502) }
    let parts = head.segments
    guard let first = parts.first else { throw Refusal.notFound }
    switch first {
    case "-" where core.settings.hasControl: return try control(parts[1...])
    case "api": return try api(parts[1...])
    case "datasets": return try files(kind: .dataset, parts[1...])
    default: return try files(kind: .model, parts[...])
    }
  }

  private func api(_ parts: ArraySlice<String>) throws -> Response {
    switch (head.method, parts.joined(separator: "/")) {
    case ("GET", "whoami-v2"): return try whoAmI()
    case ("POST", "repos/create"): return try createRepository()
    case ("DELETE", "repos/delete"): return try deleteRepository()
    case ("POST", "validate-yaml"): return try validateCard()
    default: break
    }
    switch parts.first {
    case "models": return try api(kind: .model, parts.dropFirst())
    case "datasets": return try api(kind: .dataset, parts.dropFirst())
    case "complete_multipart" where head.method == "POST" && parts.count == 2:
      return try completeUpload(parts[parts.startIndex + 1])
    case "resolve-cache": return try resolveCached(parts.dropFirst())
    default: throw Refusal.notFound
    }
  }

  private func api(kind: RepositoryKind, _ parts: ArraySlice<String>) throws -> Response {
    let (key, rest) = split(kind, parts) { verbs.contains($0) }
    if let moved = redirectOfRenamed(key) { return moved }
    let verb = rest.first ?? ""
    let revision = rest.dropFirst().first
    let path = rest.dropFirst(2).joined(separator: "/")
    switch (isReading ? "GET" : head.method, verb, revision) {
    case ("GET", "", nil): return try information(of: key, at: "main")
    case ("GET", "revision", let revision?): return try information(of: key, at: revision)
    case ("GET", "refs", nil): return try references(of: key)
    case ("GET", "tree", let revision?): return try tree(of: key, at: revision, under: path)
    case ("GET", "commits", let revision?): return try commits(of: key, at: revision)
    case ("GET", "auth-check", nil): return try checkAccess(to: key)
    case ("POST", "paths-info", let revision?): return try paths(of: key, at: revision)
    case ("POST", "preupload", let revision?): return try preupload(to: key, at: revision)
    case ("POST", "commit", let revision?): return try commit(to: key, branch: revision)
    case ("POST", "tag", let revision?): return try createTag(in: key, at: revision)
    case ("DELETE", "tag", let tag?): return try deleteTag(tag, in: key)
    case ("POST", "branch", let branch?): return try createBranch(branch, in: key)
    case ("DELETE", "branch", let branch?): return try deleteBranch(branch, in: key)
    default: throw Refusal.notFound
    }
  }

  /// Addresses outside of `/api`: files, and the protocol of git LFS.
  private func files(kind: RepositoryKind, _ parts: ArraySlice<String>) throws -> Response {
    if let git = parts.firstIndex(where: { $0.hasSuffix(".git") }), head.method == "POST" {
      let id = String(parts[...git].joined(separator: "/").dropLast(4))
      let key = RepositoryKey(kind: kind, id: id)
      if let moved = redirectOfRenamed(key) { return moved }
      switch parts[(git + 1)...].joined(separator: "/") {
      case "info/lfs/objects/batch": return try batch(for: key)
      case "info/lfs/verify": return try verify(for: key)
      default: throw Refusal.notFound
      }
    }
    let (key, rest) = split(kind, parts) { $0 == "resolve" }
    guard isReading, rest.first == "resolve", rest.count >= 3 else { throw Refusal.notFound }
    if let moved = redirectOfRenamed(key) { return moved }
    let path = rest.dropFirst(2).joined(separator: "/")
    return try resolve(path, of: key, at: rest[rest.startIndex + 1])
  }

  /// Names have one part or two: the first that is a verb ends them.
  private func split(
    _ kind: RepositoryKind, _ parts: ArraySlice<String>, isVerb: (String) -> Bool
  ) -> (RepositoryKey, ArraySlice<String>) {
    let second = parts.dropFirst().first
    let count = second.map(isVerb) ?? true ? 1 : 2
    let id = parts.prefix(count).joined(separator: "/")
    return (RepositoryKey(kind: kind, id: id), parts.dropFirst(count))
  }

  private func redirectOfRenamed(_ key: RepositoryKey) -> Response? {
    guard let new = core.state.withLock({ $0.renamed[key] }),
      let old = head.rawPath.range(of: key.id)
    else { return nil }
    let path = head.rawPath.replacingCharacters(in: old, with: new.id)
    return Response.text("Temporary Redirect. Redirecting to \(path)", status: 307)
      .with("Location", path)
  }
}

private let verbs: Set<String> = [
  "revision", "refs", "tree", "commits", "paths-info", "preupload", "commit", "tag", "branch",
  "auth-check",
]

extension Exchange {
  /// A file: regular ones at once, LFS objects by a redirect to the CDN.
  func resolve(_ path: String, of key: RepositoryKey, at revision: String) throws -> Response {
    let (file, commit) = try find(path, of: key, at: revision)
    if file.isLFS { return try redirect(to: file, commit) }
    guard core.settings.usesResolveCache, key.id.contains("/") else {
      return try regular(file, commit)
    }
    let address =
      "/api/resolve-cache/\(key.kind.plural)/\(key.id)/\(commit.id)/"
      + percentEncoded(path)
    return Response.text("Temporary Redirect. Redirecting to \(address)", status: 307)
      .with("Location", address).with("X-Repo-Commit", commit.id)
      .with("X-Linked-Etag", "\"\(file.etag)\"").with("X-Linked-Size", String(file.size))
  }

  /// A regular file by the address of its commit: kind, owner, name, commit, path.
  func resolveCached(_ parts: ArraySlice<String>) throws -> Response {
    let parts = Array(parts)
    guard isReading, parts.count >= 5,
      let kind = RepositoryKind.allCases.first(where: { $0.plural == parts[0] })
    else { throw Refusal.notFound }
    let key = RepositoryKey(kind: kind, id: parts[1] + "/" + parts[2])
    let path = parts[4...].joined(separator: "/")
    let (file, commit) = try find(path, of: key, at: parts[3])
    return try regular(file, commit)
  }

  private func find(
    _ path: String, of key: RepositoryKey, at revision: String
  ) throws -> (StoredFile, Commit) {
    let repository = try repository(key)
    try refuseUnlessAdmitted(repository)
    let commit = try commit(repository, at: revision)
    guard let file = commit.files[path] else { throw Refusal.entryNotFound(commit: commit.id) }
    return (file, commit)
  }

  private func regular(_ file: StoredFile, _ commit: Commit) throws -> Response {
    guard case .bytes(let bytes) = file.contents else {
      throw Refusal.entryNotFound(commit: commit.id)
    }
    let response = Response(
      headers: [
        ("Content-Type", "application/octet-stream"), ("X-Repo-Commit", commit.id),
        ("ETag", "\"\(file.etag)\""),
      ], body: .bytes(bytes))
    return response.part(range(ifStill: file.etag))
  }

  private func redirect(to file: StoredFile, _ commit: Commit) throws -> Response {
    let address = try core.signed("/objects/\(file.sha256)", host: .cdn)
    let response = Response.text("Found. Redirecting to \(address)", status: 302)
      .with("Location", address).with("X-Repo-Commit", commit.id).with("Accept-Ranges", "bytes")
      .with("ETag", "\"\(file.blob)\"").with("X-Linked-Etag", "\"\(file.sha256)\"")
      .with("X-Linked-Size", String(file.size))
    return core.settings.announcesXet ? response.with("X-Xet-Hash", file.sha256) : response
  }

  /// The `Range` header; nil where `If-Range` names other contents.
  func range(ifStill etag: String) -> String? {
    if let condition = head.header("If-Range"), condition != "\"\(etag)\"" { return nil }
    return head.header("Range")
  }
}

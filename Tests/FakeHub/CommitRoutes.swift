import Foundation

extension Exchange {
  private struct CommitLine: Decodable {
    struct Value: Decodable {
      let summary: String?
      let description: String?
      let parentCommit: String?
      let path: String?
      let content: String?
      let encoding: String?
      let oid: String?
      let algo: String?
    }
    let key: String
    let value: Value
  }

  /// What a commit does to one path.
  private enum Change: Sendable {
    case write(String, StoredFile)
    case delete(String)
    case deleteFolder(String)
  }

  /// A commit from lines of JSON. All lines are checked first, then all of them are applied.
  func commit(to key: RepositoryKey, branch: String) throws -> Response {
    let lines = try commitLines()
    let (_, account) = try writableRepository(key)
    if head.isSet("create_pr") { throw Refusal.badRequest("This hub has no pull requests.") }
    guard lines.first?.key == "header", let header = lines.first?.value,
      let title = header.summary, !title.isEmpty
    else { throw Refusal.badRequest("The first line of a commit is a header with a summary.") }
    let changes = try lines.dropFirst().map { try change(from: $0) }
    let commit = try change(key) { repository in
      guard let head = repository.branches[branch] else { throw Refusal.revisionNotFound(branch) }
      if let parent = header.parentCommit, parent != head {
        throw Refusal(412, nil, "A commit has happened since. Please refresh and try again.")
      }
      let files = try apply(changes, to: repository.commits[head]?.files ?? [:], commit: head)
      return try repository.add(
        files, title: title, message: header.description ?? "", author: account.user.name,
        branch: branch)
    }
    let address = "\(core.endpoint)/\(key.kind.addressPrefix)\(key.id)/commit/\(commit.id)"
    return .json([
      "success": true, "commitOid": .string(commit.id), "commitUrl": .string(address),
      "hookOutput": "",
    ])
  }

  private func commitLines() throws -> [CommitLine] {
    let data = try body.all()
    do {
      return try data.split(separator: 10).map {
        try JSONDecoder().decode(CommitLine.self, from: Data($0))
      }
    } catch {
      throw Refusal.badRequest("A line of the commit is not what this address takes.")
    }
  }

  private func change(from line: CommitLine) throws -> Change {
    let path = line.value.path ?? ""
    guard isSafe(path, isFolder: line.key == "deletedFolder") else {
      throw Refusal.badRequest("Invalid path in a commit: \"\(path)\"")
    }
    switch line.key {
    case "file": return .write(path, try regularFile(line.value, path))
    case "lfsFile": return .write(path, try object(line.value, path))
    case "deletedFile": return .delete(path)
    case "deletedFolder": return .deleteFolder(path.hasSuffix("/") ? path : path + "/")
    default: throw Refusal.badRequest("A commit has no operation \(line.key).")
    }
  }

  private func regularFile(_ value: CommitLine.Value, _ path: String) throws -> StoredFile {
    let content = value.content ?? ""
    let isBase64 = value.encoding == "base64"
    guard let data = isBase64 ? Data(base64Encoded: content) : Data(content.utf8) else {
      throw Refusal.badRequest("The content of \(path) is not base64.")
    }
    guard data.count <= core.settings.regularLimit else {
      throw Refusal.badRequest(
        "Your push was rejected because it contains files larger than 10 MiB: \(path)")
    }
    return try StoredFile(bytes: Array(data))
  }

  private func object(_ value: CommitLine.Value, _ path: String) throws -> StoredFile {
    guard let object = value.oid, isDigest(object), let size = core.store.size(of: object) else {
      throw Refusal.badRequest(
        "Your push was rejected because an LFS pointer pointed to a file that does not exist: \(path)"
      )
    }
    return try StoredFile(object: object, size: size)
  }

  private func apply(
    _ changes: [Change], to files: [String: StoredFile], commit: String
  ) throws -> [String: StoredFile] {
    var files = files
    for change in changes {
      switch change {
      case .write(let path, let file): files[path] = file
      case .delete(let path):
        guard files.removeValue(forKey: path) != nil else { throw missing(path, commit) }
      case .deleteFolder(let folder):
        let kept = files.filter { !$0.key.hasPrefix(folder) }
        guard kept.count < files.count else { throw missing(folder, commit) }
        files = kept
      }
    }
    return files
  }

  private func missing(_ path: String, _ commit: String) -> Refusal {
    Refusal(404, "EntryNotFound", "A file with this name doesn't exist: \(path)")
      .with("X-Repo-Commit", commit)
  }

  /// Whether a path stays inside of the repository.
  private func isSafe(_ path: String, isFolder: Bool) -> Bool {
    let plain = isFolder && path.hasSuffix("/") ? String(path.dropLast()) : path
    let parts = plain.split(separator: "/", omittingEmptySubsequences: false)
    return !parts.contains { ["", ".", "..", ".git"].contains($0) }
      && !plain.unicodeScalars.contains { $0.value < 32 }
  }
}

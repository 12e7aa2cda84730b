import Foundation

/// The bytes of a file that a test puts on the hub.
package enum HubContents: Sendable {
  case bytes([UInt8])
  case text(String)
  /// A file on disk, which is copied.
  case file(String)
}

/// A file as the hub has it.
package struct CommittedFile: Sendable {
  package let path: String
  package let sha256: String
  package let size: Int
  package let isLFS: Bool
  /// SHA-256 of an LFS file, git's name of another.
  package let etag: String
}

/// A commit as the hub has it.
package struct StoredCommit: Sendable {
  package let id: String
  package let title: String
  package let message: String
  package let author: String
  package let files: [String: CommittedFile]
}

extension FakeHub {
  /// Adds a repository with one empty commit on `main`, or replaces it.
  ///
  /// - Parameters:
  ///   - id: `alice/policy`; the part before the slash is the owner.
  ///   - readers: Users whom a gated one has admitted, and who may read a private one.
  package func addRepository(
    _ kind: RepositoryKind, _ id: String, private isPrivate: Bool = false,
    gated isGated: Bool = false, readers: Set<String> = []
  ) throws(FakeHubError) {
    let key = RepositoryKey(kind: kind, id: id)
    var repository = Repository(key: key)
    repository.isPrivate = isPrivate
    repository.isGated = isGated
    repository.readers = readers
    try repository.add([:], title: "initial commit", author: key.owner, branch: "main")
    let made = repository
    core.state.withLock { $0.repositories[key] = made }
  }

  /// Moves a repository; its old addresses redirect, relatively, to the new ones.
  package func renameRepository(
    _ kind: RepositoryKind, _ id: String, to newID: String
  ) throws(FakeHubError) {
    let (old, new) = (RepositoryKey(kind: kind, id: id), RepositoryKey(kind: kind, id: newID))
    var repository = Repository(key: new)
    let former = try self.repository(kind, id)
    (repository.isPrivate, repository.isGated) = (former.isPrivate, former.isGated)
    repository.readers = former.readers
    repository.adoptHistory(of: former)
    let made = repository
    core.state.withLock { state in
      state.repositories[old] = nil
      state.repositories[new] = made
      state.renamed[old] = new
    }
  }

  /// Whether a repository is there.
  package func hasRepository(_ kind: RepositoryKind, _ id: String) -> Bool {
    core.state.withLock { $0.repositories[RepositoryKey(kind: kind, id: id)] != nil }
  }

  /// Whether a repository is private.
  package func isPrivate(_ kind: RepositoryKind, _ id: String) throws(FakeHubError) -> Bool {
    try repository(kind, id).isPrivate
  }

  /// Commits files beside those that the branch has. No path is checked: hostile ones are kept.
  ///
  /// - Parameters:
  ///   - files: By path.
  ///   - deleting: Paths that the commit removes.
  ///   - branch: Created from nothing where it is not there.
  /// - Returns: The commit's identifier.
  @discardableResult
  package func commit(
    _ files: [String: HubContents], deleting: [String] = [], to kind: RepositoryKind,
    _ id: String, branch: String = "main", title: String = "Update files"
  ) throws(FakeHubError) -> String {
    var stored: [String: StoredFile] = [:]
    for (path, contents) in files { stored[path] = try store(contents, path: path) }
    let additions = stored
    return try change(kind, id) { repository throws(FakeHubError) in
      var files = repository.commit(at: branch)?.files ?? [:]
      files.merge(additions) { $1 }
      for path in deleting { files[path] = nil }
      return try repository.add(
        files, title: title, author: repository.owner, branch: branch
      ).id
    }
  }

  /// Commits a whole folder, as ``commit(_:deleting:to:_:branch:title:)`` does files.
  ///
  /// - Throws: ``FakeHubError/file(path:reason:)`` where it is no folder.
  @discardableResult
  package func commit(
    folder: String, to kind: RepositoryKind, _ id: String, branch: String = "main"
  ) throws(FakeHubError) -> String {
    guard let paths = FileManager.default.enumerator(atPath: folder) else {
      throw .file(path: folder, reason: "is no folder")
    }
    var files: [String: HubContents] = [:]
    for case let path as String in paths {
      var isFolder: ObjCBool = false
      let whole = folder + "/" + path
      guard FileManager.default.fileExists(atPath: whole, isDirectory: &isFolder),
        !isFolder.boolValue
      else { continue }
      files[path] = .file(whole)
    }
    return try commit(files, to: kind, id, branch: branch, title: "Upload folder")
  }

  /// Sets a tag, which may be there already.
  package func tag(
    _ name: String, _ kind: RepositoryKind, _ id: String, revision: String = "main"
  ) throws(FakeHubError) {
    try change(kind, id) { repository throws(FakeHubError) in
      guard let commit = repository.commit(at: revision) else { throw .unknownRevision(revision) }
      repository.tags[name] = commit.id
    }
  }
}

extension FakeHub {
  /// The files of a revision, by path.
  package func files(
    _ kind: RepositoryKind, _ id: String, revision: String = "main"
  ) throws(FakeHubError) -> [String: CommittedFile] {
    try found(kind, id, revision).described.files
  }

  /// The bytes of one file, all in memory.
  package func bytes(
    of path: String, _ kind: RepositoryKind, _ id: String, revision: String = "main"
  ) throws(FakeHubError) -> [UInt8] {
    guard let file = try found(kind, id, revision).files[path] else { throw .unknownFile(path) }
    if case .bytes(let bytes) = file.contents { return bytes }
    return try FileBytes(core.store.path(of: file.sha256)).all()
  }

  /// The commits of a revision, newest first.
  package func commits(
    _ kind: RepositoryKind, _ id: String, revision: String = "main"
  ) throws(FakeHubError) -> [StoredCommit] {
    let commit = try found(kind, id, revision)
    return try repository(kind, id).history(of: commit).map(\.described)
  }

  /// The commit that each tag names.
  package func tags(_ kind: RepositoryKind, _ id: String) throws(FakeHubError) -> [String: String] {
    try repository(kind, id).tags
  }

  /// The commit at the end of each branch.
  package func branches(
    _ kind: RepositoryKind, _ id: String
  ) throws(FakeHubError) -> [String: String] {
    try repository(kind, id).branches
  }

  private func repository(_ kind: RepositoryKind, _ id: String) throws(FakeHubError) -> Repository {
    let key = RepositoryKey(kind: kind, id: id)
    guard let repository = core.state.withLock({ $0.repositories[key] }) else {
      throw .unknownRepository(id)
    }
    return repository
  }

  private func found(
    _ kind: RepositoryKind, _ id: String, _ revision: String
  ) throws(FakeHubError) -> Commit {
    guard let commit = try repository(kind, id).commit(at: revision) else {
      throw .unknownRevision(revision)
    }
    return commit
  }

  private func change<Result: Sendable>(
    _ kind: RepositoryKind, _ id: String,
    _ body: (inout Repository) throws(FakeHubError) -> Result
  ) throws(FakeHubError) -> Result {
    let key = RepositoryKey(kind: kind, id: id)
    return try core.state.withLock { state throws(FakeHubError) in
      guard var repository = state.repositories[key] else { throw .unknownRepository(id) }
      let result = try body(&repository)
      state.repositories[key] = repository
      return result
    }
  }

  private func store(_ contents: HubContents, path: String) throws(FakeHubError) -> StoredFile {
    switch contents {
    case .text(let text): return try store(.bytes(Array(text.utf8)), path: path)
    case .bytes(let bytes):
      guard core.settings.isLFS(path: path, size: bytes.count) else {
        return try StoredFile(bytes: bytes)
      }
      return try StoredFile(object: try core.store.add(bytes), size: bytes.count)
    case .file(let file):
      let size = try FileBytes(file).size
      guard core.settings.isLFS(path: path, size: size) else {
        return try StoredFile(bytes: try FileBytes(file).all())
      }
      return try StoredFile(object: try core.store.add(copyOf: file), size: size)
    }
  }
}

extension Commit {
  fileprivate var described: StoredCommit {
    let files = files.map { path, file in
      CommittedFile(
        path: path, sha256: file.sha256, size: file.size, isLFS: file.isLFS, etag: file.etag)
    }
    return StoredCommit(
      id: id, title: title, message: message, author: author,
      files: Dictionary(uniqueKeysWithValues: files.map { ($0.path, $0) }))
  }
}

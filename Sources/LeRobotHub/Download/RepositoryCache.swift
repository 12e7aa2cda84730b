import LeRobotCore

/// huggingface_hub's cache of repositories, one folder each:
///
///     models--OWNER--NAME/blobs/ETAG                 contents, named by their digests
///     models--OWNER--NAME/snapshots/COMMIT/PATH      links to them
///     models--OWNER--NAME/refs/BRANCH                the commit of a branch or a tag
///     models--OWNER--NAME/.no_exist/COMMIT/PATH      files that a commit does not have
///     .locks/models--OWNER--NAME/ETAG.lock           who is downloading
package struct RepositoryCache: Sendable {
  private let cache: String
  private let snapshots: RepositorySnapshots
  private var folder: String { snapshots.folder }

  package init(_ repository: HubRepository, _ folders: CacheFolders) {
    cache = folders.repositories
    snapshots = RepositorySnapshots(of: repository.kind.rawValue, repository.name, in: cache)
  }

  /// See `RepositorySnapshots`.
  package func snapshot(_ commit: String) -> String { snapshots.snapshot(commit) }
  /// See `RepositorySnapshots`.
  package func commit(_ revision: String) -> String? { snapshots.commit(revision) }

  private var locks: String { "\(cache)/.locks/\(snapshots.folderName)" }

  /// Where something can be made before it gets its name: what a killed program leaves there is in
  /// nobody's way.
  private func aside() throws(FileError) -> String {
    try FileSystem.createDirectory(locks)
    return "\(locks)/new.\(UInt32.random(in: 0 ... .max))"
  }

  /// Notes which commit a branch or a tag means.
  package func note(_ revision: String, is commit: String) throws(FileError) {
    guard !revision.isCommit, revision.isSafePath, self.commit(revision) != commit else { return }
    let path = "\(folder)/refs/\(revision)"
    try FileSystem.createDirectory(FileSystem.parent(of: path) ?? folder)
    let aside = try aside()
    try TextFile.write(commit, to: aside)
    try FileSystem.rename(aside, to: path)
  }

  /// A file of a commit that is here.
  package func file(_ path: String, at commit: String) -> String? {
    let found = "\(snapshot(commit))/\(path)"
    return FileSystem.size(of: found) == nil ? nil : found
  }

  /// Whether a commit is known not to have a file.
  package func isMissing(_ path: String, at commit: String) -> Bool {
    FileSystem.exists("\(folder)/.no_exist/\(commit)/\(path)")
  }

  /// Notes that a commit does not have a file.
  package func noteMissing(_ path: String, at commit: String) throws(FileError) {
    let note = "\(folder)/.no_exist/\(commit)/\(path)"
    guard !FileSystem.exists(note) else { return }
    try FileSystem.createDirectory(FileSystem.parent(of: note) ?? folder)
    try TextFile.write("", to: note)
  }
}

extension RepositoryCache {
  /// Whether a file of a commit is here whole.
  func holds(_ file: HubFile, at commit: String) -> Bool {
    FileSystem.size(of: "\(snapshot(commit))/\(file.path)") == file.size
  }

  private func blob(of file: HubFile) -> String { "\(folder)/blobs/\(file.etag)" }
  private func partial(of file: HubFile) -> String { "\(blob(of: file)).incomplete" }

  /// Bytes that an earlier try left of a file.
  func arrived(of file: HubFile) -> Int { FileSystem.size(of: partial(of: file)) ?? 0 }

  /// Downloads a file into the cache and links it into a commit's snapshot. While Python downloads
  /// the same contents, this waits.
  func place(
    _ file: HubFile, at commit: String,
    _ fetch: (_ partial: String, _ target: String) throws(HubError) -> Void,
    waiting: () -> Void
  ) throws(HubError) {
    let lock = try HubError.files { () throws(FileError) in
      try FileSystem.createDirectory("\(folder)/blobs")
      try FileSystem.createDirectory(locks)
      return try FileLock("\(locks)/\(file.etag).lock", waiting: waiting)
    }
    if FileSystem.size(of: blob(of: file)) != file.size {
      try fetch(partial(of: file), blob(of: file))
    }
    try HubError.files { () throws(FileError) in try link(file, at: commit) }
    _ = consume lock
  }

  /// A link that stays right when the cache is moved.
  private func link(_ file: HubFile, at commit: String) throws(FileError) {
    let path = "\(snapshot(commit))/\(file.path)"
    let up = String(repeating: "../", count: file.path.split(separator: "/").count + 1)
    let target = "\(up)blobs/\(file.etag)"
    guard FileSystem.linkTarget(path) != target else { return }
    try FileSystem.createDirectory(FileSystem.parent(of: path) ?? folder)
    let aside = try aside()
    try FileSystem.link(aside, to: target)
    try FileSystem.rename(aside, to: path)
  }
}

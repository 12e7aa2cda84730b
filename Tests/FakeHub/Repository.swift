import Foundation

/// Models or datasets.
package enum RepositoryKind: String, Sendable, CaseIterable {
  case model, dataset

  /// As in `/api/models/…`.
  var plural: String { rawValue + "s" }
  /// What stands before the name in addresses outside `/api`.
  var addressPrefix: String { self == .model ? "" : "datasets/" }
}

/// What tells repositories apart.
struct RepositoryKey: Hashable, Sendable {
  let kind: RepositoryKind
  /// `alice/policy`, or `gpt2` of the few without an owner.
  let id: String

  var owner: String { id.contains("/") ? String(id.prefix { $0 != "/" }) : "" }
}

/// A file of a commit.
struct StoredFile: Sendable, Equatable {
  enum Contents: Sendable, Equatable {
    case bytes([UInt8])
    /// An LFS object, by the SHA-256 that names it.
    case object
  }

  let contents: Contents
  let size: Int
  let sha256: String
  /// What git would name it: of an LFS file, its pointer.
  let blob: String
  let pointerSize: Int

  var isLFS: Bool { contents == .object }
  /// What clients know the contents by.
  var etag: String { isLFS ? sha256 : blob }

  init(bytes: [UInt8]) throws(FakeHubError) {
    contents = .bytes(bytes)
    size = bytes.count
    sha256 = try Digest.hex(.sha256, bytes)
    blob = try Digest.gitBlob(bytes)
    pointerSize = 0
  }

  init(object sha256: String, size: Int) throws(FakeHubError) {
    let pointer =
      "version https://git-lfs.github.com/spec/v1\noid sha256:\(sha256)\nsize \(size)\n"
    contents = .object
    self.size = size
    self.sha256 = sha256
    blob = try Digest.gitBlob(Array(pointer.utf8))
    pointerSize = pointer.utf8.count
  }
}

/// All files of a repository at one time.
struct Commit: Sendable {
  let id: String
  let parent: String?
  let title: String
  let message: String
  let author: String
  let date: Date
  let files: [String: StoredFile]

  var dateText: String { date.ISO8601Format(.init(includingFractionalSeconds: true)) }
}

/// A repository with its history.
struct Repository: Sendable {
  let key: RepositoryKey
  var isPrivate = false
  var isGated = false
  /// Users besides the owner who may read a private one, and whom a gated one has admitted.
  var readers: Set<String> = []
  /// By identifier.
  private(set) var commits: [String: Commit] = [:]
  var branches: [String: String] = [:]
  var tags: [String: String] = [:]

  init(key: RepositoryKey) {
    self.key = key
  }

  var owner: String { key.owner }

  /// The commit that a branch, a tag or an identifier names.
  func commit(at revision: String) -> Commit? {
    func name(in folder: String) -> String {
      revision.hasPrefix(folder) ? String(revision.dropFirst(folder.count)) : revision
    }
    let branch = branches[name(in: "refs/heads/")]
    return commits[branch ?? tags[name(in: "refs/tags/")] ?? revision]
  }

  /// A commit and those before it, newest first.
  func history(of commit: Commit) -> [Commit] {
    var result = [commit]
    while let parent = result[result.count - 1].parent.flatMap({ commits[$0] }) {
      result.append(parent)
    }
    return result
  }

  /// Takes all commits, branches and tags of another repository.
  mutating func adoptHistory(of other: Repository) {
    (commits, branches, tags) = (other.commits, other.branches, other.tags)
  }

  /// Puts a commit on a branch, which it creates where there is none.
  @discardableResult
  mutating func add(
    _ files: [String: StoredFile], title: String, message: String = "", author: String,
    branch: String
  ) throws(FakeHubError) -> Commit {
    let parent = branches[branch]
    let listing = files.sorted { $0.key < $1.key }.map { "\($0.key)\0\($0.value.blob)\n" }
    let text = "\(key)\(parent ?? "")\(commits.count)\(title)\n\(message)\n\(listing.joined())"
    let commit = Commit(
      id: try Digest.hex(.sha1, Array(text.utf8)), parent: parent, title: title, message: message,
      author: author, date: Date(), files: files)
    commits[commit.id] = commit
    branches[branch] = commit.id
    return commit
  }
}

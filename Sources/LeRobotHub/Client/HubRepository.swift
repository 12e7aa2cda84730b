import LeRobotCore

/// A repository on the hub.
package struct HubRepository: Sendable, Hashable, CustomStringConvertible {
  package enum Kind: String, Sendable {
    case model
    case dataset
  }

  package let kind: Kind
  /// `OWNER/NAME`, or `NAME` for the few without an owner.
  package let name: String

  /// nil where the hub can have no repository of that name.
  package init?(_ kind: Kind, _ name: String) {
    guard RepositoryName.isName(name) else { return nil }
    self.kind = kind
    self.name = name
  }

  /// As in `/api/models/…`.
  var apiPath: String { "/api/\(kind.rawValue)s/\(name)" }
  /// Below the hub's address: the page that shows it, and what its files lie under.
  var pagePath: String { kind == .model ? "/\(name)" : "/datasets/\(name)" }

  package var description: String { name }
}

/// A file of a repository, as the hub lists it.
package struct HubFile: Sendable, Hashable {
  /// In the repository; safe to put below a folder.
  package let path: String
  /// In bytes.
  package let size: Int
  /// git's name of the file, or of the pointer to a large one.
  package let blob: String
  /// The SHA-256 of a large file, or its first digits where no more is known; nil for one that lies in
  /// git itself.
  package let sha256: String?

  package init(path: String, size: Int, blob: String, sha256: String? = nil) {
    self.path = path
    self.size = size
    self.blob = blob
    self.sha256 = sha256
  }

  /// What the hub's server sends as `ETag`, which names the contents in caches.
  package var etag: String { sha256 ?? blob }

  /// The digest that `etag` is, of no bytes yet.
  func newDigest() throws(HubError) -> Digest {
    try sha256 == nil ? Digest.blob(size: size) : Digest(.sha256)
  }
}

/// Branches and tags of a repository, with their commits.
package struct HubReferences: Sendable, Equatable {
  package var branches: [String: String] = [:]
  package var tags: [String: String] = [:]

  package init() {}

  package var names: [String] { tags.keys.sorted() + branches.keys.sorted() }
}

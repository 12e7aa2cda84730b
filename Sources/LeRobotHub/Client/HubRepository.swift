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
  /// As in the cache: `models--OWNER--NAME`.
  package var folderName: String {
    "\(kind.rawValue)s--\(name.replacing("/", with: "--"))"
  }

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
}

/// Branches and tags of a repository, with their commits.
package struct HubReferences: Sendable, Equatable {
  package var branches: [String: String] = [:]
  package var tags: [String: String] = [:]

  package init() {}

  package var names: [String] { tags.keys.sorted() + branches.keys.sorted() }
}

extension String {
  /// Whether it is a commit's whole name.
  package var isCommit: Bool {
    utf8.count == 40 && utf8.allSatisfy { (48...57).contains($0) || (97...102).contains($0) }
  }

  /// Whether a server's name of a file stays below the folder that it is put into, and names one file
  /// on every disk.
  var isSafePath: Bool {
    // By bytes: a slash with an accent is one character to Swift, and a slash to the disk.
    let parts = utf8.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
    return !isEmpty && utf8.count < 4096
      && parts.allSatisfy { part in
        !part.isEmpty && part.count < 256 && !part.elementsEqual(".".utf8)
          && !part.elementsEqual("..".utf8)
      }
      && unicodeScalars.allSatisfy { $0.value >= 32 && $0.value != 127 }
  }
}

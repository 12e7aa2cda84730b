/// The commits of a repository that lie in a cache of huggingface_hub's layout: `refs/BRANCH` holds the
/// commit of a branch or a tag, `snapshots/COMMIT` its files.
package struct RepositorySnapshots: Sendable {
  /// The repository's own in the cache: `models--OWNER--NAME`.
  package let folderName: String
  /// Where that lies.
  package let folder: String

  /// - Parameters:
  ///   - kind: `model` or `dataset`.
  ///   - name: `OWNER/NAME`.
  package init(of kind: String, _ name: String, in cache: String) {
    folderName = "\(kind)s--\(name.replacing("/", with: "--"))"
    folder = "\(cache)/\(folderName)"
  }

  /// Where the files of a commit lie.
  package func snapshot(_ commit: String) -> String { "\(folder)/snapshots/\(commit)" }

  /// The commit that a branch or a tag meant when it was last asked for; nil where it never was.
  package func commit(_ revision: String) -> String? {
    if revision.isCommit { return FileSystem.isDirectory(snapshot(revision)) ? revision : nil }
    guard revision.isSafePath, let text = try? TextFile.read("\(folder)/refs/\(revision)") else {
      return nil
    }
    let commit = text.filter { !$0.isWhitespace }
    return commit.isCommit ? commit : nil
  }
}

extension String {
  /// Whether it is a number of so many hexadecimal digits in lower case.
  package func isHexadecimal(_ count: Int) -> Bool {
    utf8.count == count && utf8.allSatisfy { (48...57).contains($0) || (97...102).contains($0) }
  }

  /// Whether it is a commit's whole name.
  package var isCommit: Bool { isHexadecimal(40) }

  /// Whether somebody else's name of a file stays below the folder that it is put into, and names one
  /// file on every disk.
  package var isSafePath: Bool {
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

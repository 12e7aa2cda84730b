/// The name of a repository on the Hugging Face hub, with the revision that is wanted of it:
/// `OWNER/NAME`, or `OWNER/NAME@REVISION`.
package struct RepositoryName: Sendable, Hashable, CustomStringConvertible {
  /// `OWNER/NAME`, or `NAME` for the few without an owner.
  package let name: String
  /// A branch, a tag or a commit; nil for the main branch.
  package var revision: String?

  /// nil where the hub can have no repository of that name.
  package init?(_ text: String, revision: String? = nil) {
    let parts = text.split(separator: "@", maxSplits: 1, omittingEmptySubsequences: false)
    let name = String(parts[0])
    let written = parts.count > 1 ? String(parts[1]) : nil
    guard Self.isName(name), written != "" else { return nil }
    self.name = name
    self.revision = written ?? revision
  }

  /// Whether the hub takes the name: at most 96 letters, digits, `-`, `_` and `.`, with neither `--`
  /// nor `..` in it (huggingface_hub `validate_repo_id`).
  package static func isName(_ text: String) -> Bool {
    let parts = text.split(separator: "/", omittingEmptySubsequences: false)
    return parts.count <= 2 && text.utf8.count <= 96 && !text.contains("--")
      && !text.contains("..") && !text.hasSuffix(".git") && !text.hasSuffix(".json")
      && parts.allSatisfy { part in
        !part.isEmpty && part.first != "." && part.first != "-" && part.last != "."
          && part.last != "-"
          && part.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || "-_.".contains($0)) }
      }
  }

  package var description: String { revision.map { "\(name)@\($0)" } ?? name }
}

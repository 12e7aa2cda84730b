/// The local cache of the Hugging Face hub, where Python's `huggingface_hub` stores its downloads.
///
/// A repository's folder holds `refs/main`, the commit of its main branch, and
/// `snapshots/COMMIT/…` (huggingface_hub `file_download.py`).
package struct HubCache: Sendable {
  let variables: [String: String]
  let files: any ConfigFileSystem

  package init(variables: [String: String], files: any ConfigFileSystem) {
    self.variables = variables
    self.files = files
  }

  /// `HF_HUB_CACHE`, or `hub` under `HF_HOME` (huggingface_hub `constants.py`).
  var folder: String {
    if let cache = variables["HF_HUB_CACHE"] ?? variables["HUGGINGFACE_HUB_CACHE"] {
      return expanded(cache)
    }
    let home =
      variables["HF_HOME"] ?? "\(variables["XDG_CACHE_HOME"] ?? "~/.cache")/huggingface"
    return "\(expanded(home))/hub"
  }

  /// Whether the text can be the name of a repository: `NAME` or `OWNER/NAME`.
  static func isRepository(_ text: String) -> Bool {
    let parts = text.split(separator: "/", omittingEmptySubsequences: false)
    return parts.count <= 2
      && parts.allSatisfy { part in
        !part.isEmpty && part.allSatisfy { $0.isLetter || $0.isNumber || "-_.".contains($0) }
      } && !text.hasSuffix(".json") && !text.hasPrefix(".")
  }

  /// A file of a model's repository: of the main branch, or of any snapshot where the cache does
  /// not say which that is; nil if it is not in the cache.
  func file(_ name: String, of repository: String) -> String? {
    guard Self.isRepository(repository) else { return nil }
    let folder = "\(self.folder)/models--\(repository.replacing("/", with: "--"))"
    let commit = (try? files.contents(of: "\(folder)/refs/main")).map {
      String(decoding: $0, as: UTF8.self).filter { !$0.isWhitespace }
    }
    let snapshots = commit.map { [$0] } ?? files.entries(of: "\(folder)/snapshots").sorted()
    return snapshots.map { "\(folder)/snapshots/\($0)/\(name)" }
      .first { files.kind(of: $0) == .file }
  }

  /// The folder of a policy that is named by its repository; nil for a path, and for what is not
  /// in the cache.
  package func policyFolder(_ path: String) -> String? {
    guard files.kind(of: path) == nil else { return nil }
    return file(ConfigSource.policyConfig, of: path)?.pythonParent
  }

  private func expanded(_ path: String) -> String {
    path == "~" || path.hasPrefix("~/") ? "\(variables["HOME"] ?? "~")\(path.dropFirst())" : path
  }
}

/// Files that processor steps need besides their configuration: a tokenizer's `tokenizer.json`, by
/// the repository that publishes it.
package struct ResourceStore: Sendable {
  /// Holds nothing.
  package static let empty = ResourceStore { _, _ in nil }

  private let find: @Sendable (_ file: String, _ repository: String) -> String?

  /// - Parameter find: the path of a repository's file; nil where it is not to be had.
  package init(find: @escaping @Sendable (_ file: String, _ repository: String) -> String?) {
    self.find = find
  }

  /// The files of folders, which are named by their paths, and of the hub's local cache.
  package init(_ cache: HubCache) {
    self.init { file, repository in
      let path = "\(repository)/\(file)"
      return cache.files.kind(of: path) == .file ? path : cache.file(file, of: repository)
    }
  }

  /// Where a repository's file lies.
  ///
  /// - Throws: `ProcessorError.missingResource` where it is not on this machine.
  package func path(
    _ file: String, of repository: String
  ) throws(ProcessorError) -> String {
    guard let path = find(file, repository) else {
      throw .missingResource(file: file, repository: repository)
    }
    return path
  }
}

/// Files that processor steps need besides their configuration: a tokenizer's `tokenizer.json`, by
/// the repository that publishes it.
package struct ResourceStore: Sendable {
  /// Holds nothing.
  package static let empty = ResourceStore { (_, _) throws(RemoteFileError) in nil }

  /// Where a file of a repository lies; nil where there is none.
  package typealias Find =
    @Sendable (_ file: String, _ repository: String) throws(RemoteFileError) -> String?

  private let find: Find

  /// - Parameter find: the path of a repository's file; nil where it is not to be had.
  package init(find: @escaping Find) {
    self.find = find
  }

  /// The files of folders, which are named by their paths, and of repositories.
  package init(_ remote: any RemoteFiles) {
    self.init { (file, repository) throws(RemoteFileError) in
      let path = "\(repository)/\(file)"
      if FileSystem.size(of: path) != nil { return path }
      guard let name = RepositoryName(repository) else { return nil }
      return try remote.file(file, of: name)
    }
  }

  /// Where a repository's file lies.
  ///
  /// - Throws: `ProcessorError.missingResource` where it cannot be had.
  package func path(
    _ file: String, of repository: String
  ) throws(ProcessorError) -> String {
    do throws(RemoteFileError) {
      if let path = try find(file, repository) { return path }
    } catch {
      throw .missingResource(file: file, repository: repository, reason: error.description)
    }
    throw .missingResource(
      file: file, repository: repository, reason: "there is no such file; check the name")
  }
}

/// What processor steps and policies need besides their configuration, by the repository that publishes it:
/// files, and what turns texts into tokens.
package struct ResourceStore: Sendable {
  /// Holds nothing.
  package static let empty = ResourceStore { (_, _) throws(RemoteFileError) in nil }

  /// Where a file of a repository lies; nil where there is none.
  package typealias Find =
    @Sendable (_ file: String, _ repository: String) throws(RemoteFileError) -> String?

  /// Reads the tokenizer of a folder or a repository.
  package typealias ReadEncoder =
    @Sendable (_ name: String) throws(ProcessorError) -> any TextEncoder

  /// Sizes of a policy's models in place of its own: what the file of `--policy_sizes` holds.
  package var sizes: JSONValue?
  /// The folder of the tokenizer that is read whatever a policy names (`--tokenizer_path`).
  package var tokenizerPath: String?
  private let find: Find
  private let readEncoder: ReadEncoder

  /// - Parameters:
  ///   - encoder: reads a tokenizer.
  ///   - find: the path of a repository's file; nil where it is not to be had.
  package init(encoder: @escaping ReadEncoder = noEncoder, find: @escaping Find) {
    self.find = find
    readEncoder = encoder
  }

  /// The files of folders, which are named by their paths, and of repositories.
  ///
  /// - Parameter encoder: reads a tokenizer.
  package init(_ remote: any RemoteFiles, encoder: @escaping ReadEncoder = noEncoder) {
    self.init(encoder: encoder) { (file, repository) throws(RemoteFileError) in
      let path = "\(repository)/\(file)"
      if FileSystem.size(of: path) != nil { return path }
      guard let name = RepositoryName(repository) else { return nil }
      return try remote.file(file, of: name)
    }
  }

  /// What turns texts into the tokens of a language model.
  ///
  /// - Parameter name: the model's folder or repository; `tokenizerPath` takes its place.
  /// - Throws: `ProcessorError.text` where it cannot be read.
  package func encoder(_ name: String) throws(ProcessorError) -> any TextEncoder {
    try readEncoder(tokenizerPath ?? name)
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

/// Reads no tokenizer: for stores of files alone.
package func noEncoder(_ name: String) throws(ProcessorError) -> any TextEncoder {
  throw .missingResource(
    file: "tokenizer.json", repository: name, reason: "no tokenizer is read here")
}

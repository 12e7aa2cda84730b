import LeRobotCore

/// A folder with the files of a tokenizer.
package struct TokenizerFolder: Sendable, Equatable {
  package let path: String
  /// Its tokenizer.json; nil where vocab.json and merges.txt stand in its place.
  let tokenizer: String?
  let merges: String?

  static let configName = "tokenizer_config.json"
  static let tokenizerName = "tokenizer.json"
  static let vocabularyNames = ["vocab.json", "merges.txt"]
  static let specialTokensName = "special_tokens_map.json"
  static let addedTokensName = "added_tokens.json"
  /// What transformers reads beside a tokenizer_config.json of an older form.
  static let olderNames = [specialTokensName, addedTokensName]

  /// - Throws: `TokenizerError.noTokenizer`.
  package init(_ path: String) throws(TokenizerError) {
    let path = FileSystem.trimmed(path)
    func isHere(_ name: String) -> Bool { FileSystem.size(of: "\(path)/\(name)") != nil }
    self.path = path
    tokenizer = isHere(Self.tokenizerName) ? "\(path)/\(Self.tokenizerName)" : nil
    merges = Self.vocabularyNames.allSatisfy(isHere) ? "\(path)/\(Self.vocabularyNames[1])" : nil
    guard isHere(Self.configName), tokenizer != nil || merges != nil else {
      throw .noTokenizer(folder: path)
    }
  }

  /// vocab.json and merges.txt.
  var vocabulary: (vocabulary: String, merges: String)? {
    merges.map { ("\(path)/\(Self.vocabularyNames[0])", $0) }
  }

  /// The files that count for the ids, as far as they are there.
  var files: [String] {
    let names = [Self.configName, Self.tokenizerName] + Self.vocabularyNames + Self.olderNames
    return names.map { "\(path)/\($0)" }
  }
}

/// Finds tokenizers by the names that policies give them: a folder, or a repository in the hub's cache
/// or on the hub.
package struct TokenizerSource: Sendable {
  private let folders: CacheFolders
  private let remote: any RemoteFiles

  /// - Parameters:
  ///   - folders: of the process's variables.
  ///   - remote: what downloads; `NoRemoteFiles` where nothing is to be downloaded.
  package init(_ folders: CacheFolders, _ remote: any RemoteFiles) {
    (self.folders, self.remote) = (folders, remote)
  }

  /// The folder of a tokenizer.
  ///
  /// - Parameter name: a path, else `OWNER/NAME` with `@REVISION` where one is wanted.
  /// - Throws: `TokenizerError.notFound`, `noTokenizer`, `unreadable` or `malformed`.
  package func folder(_ name: String) throws(TokenizerError) -> TokenizerFolder {
    if FileSystem.isDirectory(name) { return try TokenizerFolder(name) }
    guard let repository = RepositoryName(name) else {
      throw .notFound(name: name, reason: "no such folder, and no name of a repository")
    }
    if let cached = cached(repository) { return cached }
    return try TokenizerFolder(download(repository, for: name))
  }

  /// The one in the cache, where the snapshot has all that is needed.
  private func cached(_ repository: RepositoryName) -> TokenizerFolder? {
    let snapshots = RepositorySnapshots(of: "model", repository.name, in: folders.repositories)
    guard let commit = snapshots.commit(repository.revision ?? "main") else { return nil }
    return try? TokenizerFolder(snapshots.snapshot(commit))
  }

  private func download(
    _ repository: RepositoryName, for name: String
  ) throws(TokenizerError) -> String {
    do throws(RemoteFileError) {
      return try download(repository)
    } catch {
      throw .notFound(name: name, reason: error.description)
    }
  }

  private func download(_ repository: RepositoryName) throws(RemoteFileError) -> String {
    guard let config = try remote.file(TokenizerFolder.configName, of: repository),
      let folder = FileSystem.parent(of: config)
    else {
      throw RemoteFileError("the repository has no \(TokenizerFolder.configName)")
    }
    if try remote.file(TokenizerFolder.tokenizerName, of: repository) == nil {
      for name in TokenizerFolder.vocabularyNames {
        _ = try remote.file(name, of: repository)
      }
    }
    let isNewer = (try? FileFields(reading: config))?.members["added_tokens_decoder"] != nil
    for name in TokenizerFolder.olderNames where !isNewer {
      _ = try remote.file(name, of: repository)
    }
    return folder
  }
}

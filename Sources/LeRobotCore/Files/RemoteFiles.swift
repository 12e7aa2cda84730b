/// Where files of repositories come from: their local cache, or the hub itself.
package protocol RemoteFiles: Sendable {
  /// The path of a file of a model's repository on this machine, downloaded if need be.
  ///
  /// - Returns: nil where the repository has no such file.
  /// - Throws: `RemoteFileError`.
  func file(_ name: String, of repository: RepositoryName) throws(RemoteFileError) -> String?

  /// The checkpoint of the highest step in a repository that a run uploaded its checkpoints to:
  /// `checkpoints/005000`.
  ///
  /// - Returns: nil where the repository has none.
  /// - Throws: `RemoteFileError`.
  func latestCheckpoint(of repository: RepositoryName) throws(RemoteFileError) -> String?

  /// The folder that holds a policy's files, downloaded if need be.
  ///
  /// - Throws: `RemoteFileError`.
  func policyFolder(_ repository: RepositoryName) throws(RemoteFileError) -> String
}

/// A checkpoint in a repository, to be downloaded before a run continues it.
package struct RemoteCheckpoint: Sendable, Equatable {
  package let repository: RepositoryName
  /// In the repository, and in the run's output directory: `checkpoints/005000`.
  package let folder: String

  package init(_ repository: RepositoryName, folder: String) {
    (self.repository, self.folder) = (repository, folder)
  }
}

/// Why a file cannot be had.
package struct RemoteFileError: Error, Equatable, CustomStringConvertible {
  /// What is wrong and the remedy, in a line.
  package let description: String

  package init(_ description: String) { self.description = description }
}

/// Has no files, and no way to the hub.
package struct NoRemoteFiles: RemoteFiles {
  package init() {}

  package func file(
    _ name: String, of repository: RepositoryName
  ) throws(RemoteFileError) -> String? { throw RemoteFileError("there is no way to the hub") }

  package func latestCheckpoint(
    of repository: RepositoryName
  ) throws(RemoteFileError) -> String? { throw RemoteFileError("there is no way to the hub") }

  package func policyFolder(_ repository: RepositoryName) throws(RemoteFileError) -> String {
    throw RemoteFileError("there is no way to the hub")
  }
}

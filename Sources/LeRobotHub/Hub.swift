import CCurl
import LeRobotCore

/// The Hugging Face hub with what is kept of it on this machine, as a run sees it. Nothing is asked of
/// any server before something is missing.
package struct Hub: RemoteFiles, CustomReflectable {
  private let variables: [String: String]
  private let reports: TransferReports
  private let made = Shared<HubClient?>(nil)

  /// - Parameter variables: the process's.
  package init(_ variables: [String: String], _ reports: TransferReports = TransferReports()) {
    (self.variables, self.reports) = (variables, reports)
  }

  /// The library that speaks with servers, and those that it uses, or why it cannot be opened.
  package static var library: String {
    ccu_open().map { "cannot be opened: \(String(cString: $0))" } ?? String(cString: ccu_version())
  }

  /// Without the variables, among which is the token.
  package var customMirror: Mirror { Mirror(self, children: []) }

  /// What asks the hub; the same one at each call, so that connections stay open.
  ///
  /// - Throws: `HubError.badEndpoint`.
  package func client() throws(HubError) -> HubClient {
    if let client = made.value.withLock({ $0 }) { return client }
    let client = HubClient(try HubSettings(variables), notice: reports.notice)
    made.value.withLock { $0 = client }
    return client
  }

  // MARK: Models

  package func file(
    _ name: String, of repository: RepositoryName
  ) throws(RemoteFileError) -> String? {
    try RemoteFileError.inWords { () throws(HubError) in try model(repository).file(name) }
  }

  package func latestCheckpoint(
    of repository: RepositoryName
  ) throws(RemoteFileError) -> String? {
    try RemoteFileError.inWords { () throws(HubError) in
      try model(repository).latestCheckpoint()
    }
  }

  /// Downloads a checkpoint into a run's output directory.
  package func download(
    _ checkpoint: RemoteCheckpoint, into directory: String
  ) throws(HubError) {
    try model(checkpoint.repository).download(checkpoint.folder, into: directory)
  }

  package func policyFolder(_ repository: RepositoryName) throws(RemoteFileError) -> String {
    try RemoteFileError.inWords { () throws(HubError) in
      try model(repository).folder(
        optional: PolicyFolder.optional, isWhole: PolicyFolder.isWhole, PolicyFolder.isPart)
    }
  }

  private func model(_ repository: RepositoryName) throws(HubError) -> HubModel {
    guard let found = HubRepository(.model, repository.name) else {
      throw .badName(repository.name)
    }
    return HubModel(try client(), found, revision: repository.revision, reports)
  }

  // MARK: Datasets and other servers

  /// A dataset's repository, to be downloaded into a folder.
  ///
  /// - Parameters:
  ///   - revision: a branch, a tag or a commit; nil chooses by `versions`.
  ///   - versions: of the format that can be read, the best first.
  /// - Throws: `HubError.badName` or `badEndpoint`.
  package func dataset(
    _ name: String, into folder: String, revision: String?, versions: [String]
  ) throws(HubError) -> HubDataset {
    guard let repository = HubRepository(.dataset, name) else { throw .badName(name) }
    return HubDataset(
      try client(), repository, into: folder, revision: revision, versions: versions, reports)
  }

  /// Downloads a file that another server publishes.
  ///
  /// - Parameter digits: those its SHA-256 begins with.
  package func download(
    _ address: String, sha256 digits: String, to target: String
  ) throws(HubError) {
    try WebFile(try client(), address, sha256: digits, reports).download(to: target)
  }
}

extension PretrainedWeights {
  /// With what is missing downloaded.
  ///
  /// - Parameter environment: the process's variables.
  package init(environment: [String: String], _ hub: Hub) {
    self.init(environment: environment, folder: hub.policyFolder) {
      (address, digits, target) throws(RemoteFileError) in
      try RemoteFileError.inWords { () throws(HubError) in
        try hub.download(address, sha256: digits, to: target)
      }
    }
  }
}

extension RemoteFileError {
  /// Does something with the hub, of whose errors only the words are passed on.
  fileprivate static func inWords<Result>(
    _ body: () throws(HubError) -> Result
  ) throws(RemoteFileError) -> Result {
    do throws(HubError) { return try body() } catch { throw RemoteFileError(error.description) }
  }
}

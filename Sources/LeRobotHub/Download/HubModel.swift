import LeRobotCore

/// A model of the hub, a policy or a part of one, in huggingface_hub's cache.
///
/// What is in the cache is used as it is, without asking the hub whether there is something newer:
/// a revision that is named asks. A commit's files never change.
package struct HubModel: Sendable {
  private let client: HubClient
  private let repository: HubRepository
  private let cache: RepositoryCache
  /// As it was asked for; nil for the main branch as far as it is known here.
  private let revision: String?
  private let reports: TransferReports

  private static let main = "main"

  /// - Parameter revision: a branch, a tag or a commit.
  package init(
    _ client: HubClient, _ repository: HubRepository, revision: String?, _ reports: TransferReports
  ) {
    (self.client, self.repository, self.revision) = (client, repository, revision)
    self.reports = reports
    cache = RepositoryCache(repository, client.settings.folders)
  }

  /// The path of one file, downloaded if it is not here.
  ///
  /// - Returns: nil where the repository has no such file, and can have none of that name.
  package func file(_ path: String) throws(HubError) -> String? {
    guard path.isSafePath else { return nil }
    if let commit = knownCommit {
      if let found = cache.file(path, at: commit) { return found }
      if cache.isMissing(path, at: commit) { return nil }
    }
    let commit = try askedCommit()
    if let found = cache.file(path, at: commit) { return found }
    if cache.isMissing(path, at: commit) { return nil }
    let files = try client.files(of: repository, at: commit, paths: [path])
    guard let file = files.first(where: { $0.path == path }) else {
      try noteMissing(path, at: commit)
      return nil
    }
    try download([file], at: commit)
    return cache.file(path, at: commit)
  }

  /// The folder that holds the files that `isWanted` chooses, by their paths.
  ///
  /// - Parameters:
  ///   - isWhole: whether a folder holds all that is needed; the hub is then not asked.
  ///   - optional: files that need not be there; which are not is noted.
  package func folder(
    optional: [String], isWhole: (_ folder: String, _ isMissing: (String) -> Bool) -> Bool,
    _ isWanted: (String) -> Bool
  ) throws(HubError) -> String {
    func isHere(_ commit: String) -> Bool {
      isWhole(cache.snapshot(commit)) { cache.isMissing($0, at: commit) }
    }
    if let commit = knownCommit, isHere(commit) { return cache.snapshot(commit) }
    let commit = try askedCommit()
    if isHere(commit) { return cache.snapshot(commit) }
    let files = try client.files(of: repository, at: commit, isRecursive: false)
    let names = Set(files.map(\.path))
    try download(files.filter { isWanted($0.path) }, at: commit)
    for path in optional where !names.contains(path) { try noteMissing(path, at: commit) }
    return cache.snapshot(commit)
  }

  /// The checkpoint of the highest step among those that a run uploaded (LeRobot 0.6 `utils/hub.py`,
  /// `find_latest_hub_checkpoint`): `checkpoints/005000`; nil where there is none. The hub is asked
  /// where that is possible: a newer one may have come.
  package func latestCheckpoint() throws(HubError) -> String? {
    let names: [String]
    if client.settings.isOffline, let commit = knownCommit {
      let folder = "\(cache.snapshot(commit))/\(CheckpointLayout.checkpoints)"
      names = (try? FileSystem.list(folder)) ?? []
    } else {
      let commit = try askedCommit()
      do throws(HubError) {
        names = try client.files(of: repository, at: commit, in: CheckpointLayout.checkpoints)
          .compactMap { $0.path.split(separator: "/").dropFirst().first.map(String.init) }
      } catch {
        guard case .noFile = error else { throw error }
        return nil
      }
    }
    return CheckpointLayout.newest(of: names).map { "\(CheckpointLayout.checkpoints)/\($0)" }
  }

  /// Downloads a folder of the repository, with all below it, to the same place below another folder.
  package func download(_ path: String, into target: String) throws(HubError) {
    let commit = try askedCommit()
    let files = try client.files(of: repository, at: commit, in: path)
    try DownloadFolder(target).download(files, of: repository, at: commit, client, reports)
  }

  private func noteMissing(_ path: String, at commit: String) throws(HubError) {
    try HubError.files { () throws(FileError) in try cache.noteMissing(path, at: commit) }
  }

  private func download(_ files: [HubFile], at commit: String) throws(HubError) {
    let downloads = Downloads(
      client: client, repository: repository, commit: commit, reports: reports,
      arrived: { [cache] in cache.arrived(of: $0) }
    ) { [cache] (file, fetch, waiting) throws(HubError) in
      try cache.place(file, at: commit, fetch, waiting: waiting)
    }
    try downloads.run(
      files.filter { !cache.holds($0, at: commit) }, into: client.settings.folders.repositories)
  }

  // MARK: The commit

  /// The commit that may be used without asking; nil where the hub has to be asked.
  private var knownCommit: String? {
    if let revision, !revision.isCommit, !client.settings.isOffline { return nil }
    return cache.commit(revision ?? Self.main)
  }

  /// Asks the hub. Where it cannot be reached, what was last known is used.
  private func askedCommit() throws(HubError) -> String {
    let name = revision ?? Self.main
    do throws(HubError) {
      let commit = try client.commit(of: repository, revision: name)
      try HubError.files { () throws(FileError) in try cache.note(name, is: commit) }
      return commit
    } catch {
      guard error.isPassing || error.isUnreachable, let known = cache.commit(name) else {
        throw error
      }
      reports.notice("\(repository): \(error); commit \(known.prefix(8)) of the cache is used")
      return known
    }
  }
}

import LeRobotCore
import Synchronization

/// A dataset of the hub and the folder that it is downloaded into: first what describes it, then the
/// files that a run needs.
package final class HubDataset: Sendable {
  private let client: HubClient
  private let repository: HubRepository
  private let folder: DownloadFolder
  private let revision: String?
  /// The versions of the dataset's format that can be read, the best first: `v3.0`.
  private let versions: [String]
  private let reports: TransferReports
  private let commit = Mutex<String?>(nil)

  /// The file that says that all of `meta` is there: it is downloaded last.
  private static let description = "meta/info.json"

  /// - Parameter revision: a branch, a tag or a commit; nil chooses by `versions`.
  package init(
    _ client: HubClient, _ repository: HubRepository, into folder: String, revision: String?,
    versions: [String], _ reports: TransferReports
  ) {
    (self.client, self.repository, self.reports) = (client, repository, reports)
    (self.revision, self.versions) = (revision, versions)
    self.folder = DownloadFolder(folder)
  }

  /// Downloads what describes the dataset: the folder `meta`.
  package func downloadDescription() throws(HubError) {
    let commit = try chooseCommit()
    let files: [HubFile]
    do throws(HubError) {
      files = try client.files(of: repository, at: commit, in: "meta")
    } catch {
      guard case .noFile = error else { throw error }
      files = []
    }
    guard let description = files.first(where: { $0.path == Self.description }) else {
      throw .noFile(repository, path: Self.description, revision: revision ?? commit)
    }
    try download(files.filter { $0.path != Self.description }, at: commit)
    try download([description], at: commit)
    self.commit.withLock { $0 = commit }
  }

  /// Downloads files by their paths in the dataset, of the commit that the description is of.
  ///
  /// - Throws: `HubError`, also where the hub does not have one of them, or has another description
  ///   than the one that is here.
  package func download(paths: [String]) throws(HubError) {
    let commit = try commitOfDescription()
    let files = try client.files(of: repository, at: commit, paths: paths)
    let found = Set(files.map(\.path))
    if let missing = paths.first(where: { !found.contains($0) }) {
      throw .noFile(repository, path: missing, revision: revision ?? commit)
    }
    try download(files, at: commit)
  }

  private func download(_ files: [HubFile], at commit: String) throws(HubError) {
    try folder.download(files, of: repository, at: commit, client, reports)
  }

  // MARK: The commit

  /// The commit that the description in the folder is of.
  private func commitOfDescription() throws(HubError) -> String {
    if let commit = commit.withLock({ $0 }) { return commit }
    if let noted = folder.note(of: Self.description)?.commit, noted.isCommit { return noted }
    let commit = try chooseCommit()
    let files = try client.files(of: repository, at: commit, paths: [Self.description])
    guard let description = files.first, folder.holds(description) else {
      throw .otherContents(
        repository, path: folder.path(Self.description), revision: revision ?? commit)
    }
    self.commit.withLock { $0 = commit }
    return commit
  }

  private func chooseCommit() throws(HubError) -> String {
    if let revision { return try client.commit(of: repository, revision: revision) }
    let references = try client.references(of: repository)
    let commits = references.branches.merging(references.tags) { $1 }
    if let (version, commit) = versions.lazy.compactMap({ version in
      commits[version].map { (version, $0) }
    }).first {
      if version != versions.first {
        reports.notice("\(repository): the hub has no \(versions[0]) of it; its \(version) is used")
      }
      return commit
    }
    let others = commits.keys.filter(\.isVersion)
    if !others.isEmpty {
      throw .noVersion(repository, known: others.sorted(), readable: versions)
    }
    reports.notice(
      "\(repository): none of its revisions is named after a version of the format, such as "
        + "\(versions[0]); its main branch is used")
    return try client.commit(of: repository, revision: "main")
  }
}

extension String {
  /// Whether it is the name of a version, `v2.1`.
  fileprivate var isVersion: Bool {
    let parts = drop { $0 == "v" }.split(separator: ".", omittingEmptySubsequences: false)
    return parts.count > 1 && parts.allSatisfy { Int($0) != nil }
  }
}

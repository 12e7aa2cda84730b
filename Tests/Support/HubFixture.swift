import FakeHub
import Foundation
import LeRobotCore
import LeRobotHub

/// A hub on loopback, and clients of it whose pauses take no time and whose files lie in a folder of
/// the test's own.
package final class HubFixture: Sendable {
  private struct Record {
    var pauses: [Double] = []
    var notices: [String] = []
    var progress: [TransferProgress] = []
  }

  /// Alice's, who may do everything with her own repositories.
  package static let token = "hf_aTokenThatNobodyMaySee"

  package let folder: TemporaryFolder
  package let hub: FakeHub
  private let record = Shared(Record())

  package init(_ settings: FakeHubSettings = FakeHubSettings()) throws {
    folder = try TemporaryFolder()
    hub = try FakeHub(folder: folder.file("server"), settings: settings)
    hub.addUser(
      "alice", organizations: ["lab": .write, "readers": .read, "helpers": .contributor])
    try hub.addToken(Self.token, user: "alice", role: .write)
  }

  /// `HF_HOME`.
  package var home: String { folder.file("home") }
  package var cache: String { "\(home)/hub" }

  /// The variables of a program that knows this hub, and no token.
  package func variables(_ others: [String: String] = [:]) -> [String: String] {
    ["HF_ENDPOINT": hub.endpoint, "HF_HOME": home, "HOME": folder.file("user")]
      .merging(others) { $1 }
  }

  /// A client with a token or without.
  package func client(
    token: String? = nil, _ others: [String: String] = [:]
  ) throws -> HubClient {
    var variables = variables(others)
    if let token { variables["HF_TOKEN"] = token }
    return HubClient(
      try HubSettings(variables),
      notice: { [record] notice in record.value.withLock { $0.notices.append(notice) } },
      wait: { [record] seconds, _ in record.value.withLock { $0.pauses.append(seconds) } })
  }

  // MARK: What is told

  package var reports: TransferReports {
    TransferReports(
      progress: { [record] progress in record.value.withLock { $0.progress.append(progress) } },
      notice: { [record] notice in record.value.withLock { $0.notices.append(notice) } })
  }
  package var pauses: [Double] { record.value.withLock { $0.pauses } }
  package var notices: [String] { record.value.withLock { $0.notices } }
  package var progress: [TransferProgress] { record.value.withLock { $0.progress } }

  // MARK: Downloads

  /// Where a dataset is downloaded to.
  package func datasetFolder(_ name: String) -> String { "\(home)/lerobot/\(name)" }

  package func dataset(
    _ name: String, revision: String? = nil, versions: [String] = ["v3.0", "v2.1", "v2.0"],
    _ client: HubClient? = nil
  ) throws -> HubDataset {
    guard let repository = HubRepository(.dataset, name) else { throw HubError.badName(name) }
    return HubDataset(
      try client ?? self.client(), repository, into: datasetFolder(name), revision: revision,
      versions: versions, reports)
  }

  package func model(
    _ name: String, revision: String? = nil, _ client: HubClient? = nil
  ) throws -> HubModel {
    guard let repository = HubRepository(.model, name) else { throw HubError.badName(name) }
    return HubModel(try client ?? self.client(), repository, revision: revision, reports)
  }

  /// Adds a repository with files to the hub.
  ///
  /// - Returns: the commit.
  @discardableResult
  package func add(
    _ kind: RepositoryKind, _ name: String, _ files: [String: HubContents], tag: String? = nil
  ) throws -> String {
    if !hub.hasRepository(kind, name) { try hub.addRepository(kind, name) }
    let commit = try hub.commit(files, to: kind, name)
    if let tag { try hub.tag(tag, kind, name) }
    return commit
  }

  /// The paths of the files that were asked for, in order.
  package var filesAskedFor: [String] {
    hub.requests.filter { $0.host == .endpoint }.compactMap { request in
      request.path.components(separatedBy: "/resolve/").dropFirst().first
        .map { $0.split(separator: "/").dropFirst().joined(separator: "/") }
    }
  }

  /// Everything that lies in the test's folder, without what is the server's: paths and contents.
  package func files() throws -> [String: Data] {
    try contents(of: folder.path).filter { !$0.key.hasPrefix("server/") }
  }

  /// Those of `files` that are under their own names: neither parts of files nor notes about them.
  package func ownFiles() throws -> [String: Data] {
    try files().filter { path, _ in
      !path.contains("/.cache/") && !path.contains("/.locks/") && !path.hasSuffix(".incomplete")
        && !path.contains("/refs/")
    }
  }
}

/// Bytes that no two tests share and that do not compress.
package func randomBytes(_ count: Int, seed: UInt64) -> [UInt8] {
  var generator = SplitMix64(seed: seed)
  return (0..<count).map { _ in UInt8.random(in: 0...255, using: &generator) }
}

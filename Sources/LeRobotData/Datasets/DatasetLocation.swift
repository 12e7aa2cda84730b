import Foundation
import LeRobotCore

/// Where a dataset's folder is.
///
/// This and `DatasetFiles` are the only places that build a dataset's paths.
package struct DatasetLocation: Sendable {
  private let folders: CacheFolders
  /// The dataset's own folder, where the configuration names one.
  private let root: String?
  private let repository: String
  private let revision: String?

  /// - Parameter environment: the process's variables, which say where datasets are kept.
  package init(_ config: DatasetConfig, environment: [String: String]) {
    let folders = CacheFolders(environment)
    self.folders = folders
    root = config.root.map { FileSystem.trimmed(folders.expanded($0)) }
    (repository, revision) = (config.repositoryID, config.revision)
  }

  /// The folder that the dataset lies in, or is downloaded into: its root, or else
  /// `$HF_LEROBOT_HOME/{repo_id}` (LeRobot `utils/constants.py`).
  package var ownFolder: String { root ?? "\(folders.datasets)/\(repository)" }

  /// The folder that the dataset is read from: its own, or else a copy that others downloaded and
  /// that is only read. Where there is none it is its own, which need not be there.
  package var folder: String {
    if root != nil || FileSystem.isDirectory(ownFolder) { return ownFolder }
    return copies.first { DatasetFiles(root: $0).isDescribed } ?? ownFolder
  }

  /// Snapshots of the repository in the caches of LeRobot 0.5 and later and of huggingface_hub, the
  /// one that is wanted first.
  private var copies: [String] {
    let revisions = revision.map { [$0] } ?? DatasetInfo.Version.names + ["main"]
    return ["\(folders.datasets)/hub", folders.repositories].flatMap { cache -> [String] in
      let snapshots = RepositorySnapshots(of: "dataset", repository, in: cache)
      return revisions.compactMap { snapshots.commit($0) }.map { snapshots.snapshot($0) }
    }
  }

  /// The names of the datasets that are here.
  package var known: [String] {
    let owners = (try? FileSystem.list(folders.datasets)) ?? []
    return owners.flatMap { owner in
      let names = (try? FileSystem.list("\(folders.datasets)/\(owner)")) ?? []
      return names.map { "\(owner)/\($0)" }.filter {
        DatasetFiles(root: "\(folders.datasets)/\($0)").isDescribed
      }
    }
  }

  /// Where decoded frames of the dataset are kept: `frame_cache/{name}-{digest of its folder}` beside
  /// the datasets.
  package var frameCache: String { "\(folders.datasets)/frame_cache/\(cacheName)" }

  /// Where the columns of its large tables are kept: `table_cache/{name}-{digest of its folder}`.
  package var tableCache: String { "\(folders.datasets)/table_cache/\(cacheName)" }

  /// The file that keeps statistics which were computed from its data:
  /// `statistics_cache/{name}-{digest of its folder}.json`.
  package var statisticsFile: String { "\(folders.datasets)/statistics_cache/\(cacheName).json" }

  private var cacheName: String {
    let resolved = URL(filePath: folder).resolvingSymlinksInPath().standardizedFileURL.path
    return "\(repository.replacing("/", with: "_"))-\(resolved.checksum())"
  }
}

/// Where the parts of a LeRobot dataset lie in its folder.
package struct DatasetFiles: Sendable, Equatable {
  /// The dataset's folder, without a trailing slash.
  package let root: String

  package init(root: String) {
    self.root = root.count > 1 && root.hasSuffix("/") ? String(root.dropLast()) : root
  }

  package func exists(_ path: String) -> Bool { FileManager.default.fileExists(atPath: path) }

  package var info: String { root + "/meta/info.json" }
  /// Whether a dataset's description is there.
  package var isDescribed: Bool { exists(info) }
  /// Raw ALOHA recordings, `episode_*.hdf5`, by their number, then by name.
  ///
  /// - Throws: `DataError.notReadable` where the folder cannot be listed.
  func recordings() throws(DataError) -> [String] {
    func number(_ name: String) -> Int { Int(name.dropFirst(8).prefix { $0.isNumber }) ?? Int.max }
    return try list(root).filter { $0.hasPrefix("episode_") && $0.hasSuffix(".hdf5") }
      .sorted { (number($0), $0) < (number($1), $1) }.map { root + "/" + $0 }
  }
  /// Beside raw recordings: what they do not say themselves.
  package var recordingOptions: String { root + "/recordings.json" }
  /// Beside raw recordings: their statistics, once computed.
  package var recordingStatistics: String { root + "/statistics.json" }
  package var statistics: String { root + "/meta/stats.json" }
  /// v3.0
  package var tasks: String { root + "/meta/tasks.parquet" }
  /// v2.x
  package var legacyTasks: String { root + "/meta/tasks.jsonl" }
  /// v2.x
  package var legacyEpisodes: String { root + "/meta/episodes.jsonl" }
  /// v2.1
  package var legacyEpisodeStatistics: String { root + "/meta/episodes_stats.jsonl" }

  /// The version whose files lie in `meta/`, where it is another than that of `info.json`.
  func layout(otherThan version: DatasetInfo.Version) -> String? {
    let hasTables = FileSystem.isDirectory(episodes)
    let hasLines = exists(legacyEpisodes)
    switch version {
    case .v30:
      guard hasLines, !hasTables else { return nil }
      return exists(legacyEpisodeStatistics) ? "v2.1" : exists(statistics) ? "v2.0 or v2.1" : "v2.1"
    case .v20, .v21: return hasTables && !hasLines ? "v3.0" : nil
    }
  }

  /// The file that a template of `info.json` names.
  func path(
    _ template: PathTemplate, numbers: [String: Int], texts: [String: String] = [:]
  ) -> String {
    root + "/" + template.path(numbers: numbers, texts: texts)
  }

  /// v3.0: the folder of the tables of episodes.
  var episodes: String { root + "/meta/episodes" }

  /// v3.0: the tables of episodes, `{episodes}/chunk-000/file-000.parquet`, in order.
  ///
  /// - Throws: `DataError.missingFile`, or `notReadable` where a folder cannot be listed.
  func episodeTables() throws(DataError) -> [String] { try tables(in: episodes) }

  /// v3.0: the data files that are there, `{root}/data/*/*.parquet`, in LeRobot's order.
  ///
  /// - Throws: as `episodeTables`.
  func dataTables() throws(DataError) -> [String] { try tables(in: root + "/data") }

  /// Hidden files are passed over: systems leave them beside what they copy (`._file-000.parquet`).
  private func tables(in folder: String) throws(DataError) -> [String] {
    var tables: [String] = []
    for chunk in try list(folder)
    where !chunk.hasPrefix(".") && FileSystem.isDirectory("\(folder)/\(chunk)") {
      let names = try list("\(folder)/\(chunk)")
      tables += names.filter { $0.hasSuffix(".parquet") && !$0.hasPrefix(".") }
        .map { "\(folder)/\(chunk)/\($0)" }
    }
    return tables
  }

  private func list(_ folder: String) throws(DataError) -> [String] {
    do {
      return try FileSystem.list(folder)
    } catch .system(_, _, FileSystem.missing) {
      throw .missingFile(file: folder, episode: nil)
    } catch {
      throw .notReadable(file: folder, reason: error.reason)
    }
  }
}

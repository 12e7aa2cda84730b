import Foundation
import LeRobotCore

/// Where a dataset's folder is.
///
/// This and `DatasetFiles` are the only places that build a dataset's paths.
package enum DatasetLocation {
  /// The folder of the dataset a configuration names: its root, or else
  /// `$HF_LEROBOT_HOME/{repo_id}` (LeRobot `utils/constants.py`).
  ///
  /// - Throws: `DataError.datasetNotFound` where there is no such folder.
  package static func folder(
    of config: DatasetConfig, environment: [String: String]
  ) throws(DataError) -> String {
    let path =
      config.root.map { expand($0, environment) }
      ?? home(environment) + "/" + config.repositoryID
    var isFolder: ObjCBool = false
    guard FileManager.default.fileExists(atPath: path, isDirectory: &isFolder), isFolder.boolValue
    else { throw .datasetNotFound(path: path) }
    return path
  }

  /// Where LeRobot keeps datasets: `HF_LEROBOT_HOME`, else `lerobot` under `HF_HOME`, else under
  /// the cache folder.
  package static func home(_ environment: [String: String]) -> String {
    if let home = environment["HF_LEROBOT_HOME"] { return expand(home, environment) }
    if let home = environment["HF_HOME"] { return expand(home, environment) + "/lerobot" }
    let cache = environment["XDG_CACHE_HOME"] ?? "~/.cache"
    return expand(cache, environment) + "/huggingface/lerobot"
  }

  /// Where decoded frames of a dataset are kept: `frame_cache/{name}-{digest of its folder}` beside
  /// the datasets of `home`.
  ///
  /// - Throws: `DataError.datasetNotFound`.
  package static func frameCache(
    of config: DatasetConfig, environment: [String: String]
  ) throws(DataError) -> String {
    try home(environment) + "/frame_cache/" + cacheName(of: config, environment)
  }

  /// Where the columns of large tables are kept: `table_cache/{name}-{digest of its folder}`.
  ///
  /// - Throws: `DataError.datasetNotFound`.
  package static func tableCache(
    of config: DatasetConfig, environment: [String: String]
  ) throws(DataError) -> String {
    try home(environment) + "/table_cache/" + cacheName(of: config, environment)
  }

  private static func cacheName(
    of config: DatasetConfig, _ environment: [String: String]
  ) throws(DataError) -> String {
    let folder = URL(filePath: try folder(of: config, environment: environment))
      .resolvingSymlinksInPath().standardizedFileURL.path
    let digest = Array(folder.utf8).withUnsafeBytes { SHA256.digest($0) }
    let name = config.repositoryID.replacing("/", with: "_")
    return "\(name)-\(digest.prefix(16))"
  }

  private static func expand(_ path: String, _ environment: [String: String]) -> String {
    guard path == "~" || path.hasPrefix("~/") else { return path }
    return (environment["HOME"] ?? NSHomeDirectory()) + path.dropFirst()
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

import LeRobotCore
import OrderedCollections

/// What a dataset's `meta` folder says, whatever its version.
struct DatasetMetadata: Sendable {
  var info: DatasetInfo
  var episodes: [StoredEpisode]
  /// Task sentences by index.
  var tasks: [Int: String]
  var taskFile: String
  var statistics: FeatureStatistics

  /// - Throws: `DataError` naming the file that is missing or wrong.
  init(_ files: DatasetFiles) throws(DataError) {
    info = try DatasetInfo(files)
    switch info.version {
    case .v30:
      episodes = try Self.episodesV3(files, info)
      tasks = try Self.tasksV3(files)
      taskFile = files.tasks
      statistics = try FeatureStatistics(MetadataFile(path: files.statistics).object())
    case .v20, .v21:
      episodes = try Self.legacyEpisodes(files, info)
      tasks = try Self.legacyTasks(files)
      taskFile = files.legacyTasks
      statistics = try Self.legacyStatistics(files, info)
    }
    guard episodes.count == info.episodeCount else {
      throw .malformed(
        file: files.info,
        reason: "total_episodes is \(info.episodeCount), but meta/ lists \(episodes.count)")
    }
  }
}

// MARK: - v3.0: tables, and many episodes in a file

extension DatasetMetadata {
  private static func episodesV3(
    _ files: DatasetFiles, _ info: DatasetInfo
  ) throws(DataError) -> [StoredEpisode] {
    let tables = try files.episodeTables()
    guard !tables.isEmpty else {
      throw .missingFile(file: files.episodes, episode: nil)
    }
    var rows: [EpisodeRow] = []
    for table in tables { rows += try EpisodeRow.read(table, videoKeys: info.videoKeys) }
    rows.sort { $0.from < $1.from }
    guard Episode.isWithinReach(rows.map { $0.to - $0.from }) else {
      throw .malformed(file: files.episodes, reason: Episode.beyondReach)
    }
    var rowsTaken: [String: Int] = [:]
    return rows.map { row in
      let path = files.path(info.dataPath, numbers: row.data.numbers)
      let length = row.to - row.from
      defer { rowsTaken[path, default: 0] += length }
      return StoredEpisode(
        index: row.index, length: length, dataFile: path, firstRow: rowsTaken[path, default: 0],
        videos: row.videos.reduce(into: [:]) { videos, video in
          videos[video.key] = info.videoPath.map { template in
            let file = files.path(
              template, numbers: video.value.file.numbers, texts: ["video_key": video.key])
            return VideoSegment(file: file, start: video.value.start)
          }
        }, table: row.table)
    }
  }

  private static func tasksV3(_ files: DatasetFiles) throws(DataError) -> [Int: String] {
    let batch = try ParquetFile(path: files.tasks).read()
    let indices = try batch.column("task_index").oneInARow().integers()
    // pandas names an index without a name so; the sentences are the table's index.
    let named = batch.columns.first { $0.name == "task" }
    let texts = if let named { named } else { try batch.column("__index_level_0__") }
    var tasks: [Int: String] = [:]
    for (row, index) in indices.enumerated() { tasks[Int(index)] = try texts.string(row) ?? "" }
    return tasks
  }
}

/// One row of a v3.0 table of episodes.
private struct EpisodeRow {
  struct File {
    var chunk: Int
    var file: Int
    var numbers: [String: Int] { ["chunk_index": chunk, "file_index": file] }
  }

  /// The file it stands in.
  var table: String
  var index: Int
  var from: Int
  var to: Int
  var data: File
  /// By camera; those whose cells are null are left out.
  var videos: [String: (file: File, start: Double)] = [:]

  static func read(_ path: String, videoKeys: [String]) throws(DataError) -> [EpisodeRow] {
    let numbers = ["episode_index", "dataset_from_index", "dataset_to_index"]
    let places = ["data"] + videoKeys.map { "videos/\($0)" }
    let batch = try ParquetFile(path: path).read(
      numbers + places.flatMap { ["\($0)/chunk_index", "\($0)/file_index"] }
        + videoKeys.map { "videos/\($0)/from_timestamp" })
    func integers(_ name: String) throws(DataError) -> [Int] {
      let values = try batch.column(name).oneInARow().integers()
      return values.map { Int($0) }
    }
    let (index, from, to) = (
      try integers(numbers[0]), try integers(numbers[1]), try integers(numbers[2])
    )
    let chunks = try integers("data/chunk_index")
    let files = try integers("data/file_index")
    var rows = index.indices.map { row in
      EpisodeRow(
        table: path, index: index[row], from: from[row], to: to[row],
        data: File(chunk: chunks[row], file: files[row]))
    }
    for key in videoKeys {
      let chunks = try batch.column("videos/\(key)/chunk_index").integersOrNull()
      let files = try batch.column("videos/\(key)/file_index").integersOrNull()
      let starts = try batch.column("videos/\(key)/from_timestamp").doublesOrNull()
      for row in rows.indices {
        guard let chunk = chunks[row], let file = files[row], let start = starts[row] else {
          continue
        }
        rows[row].videos[key] = (File(chunk: Int(chunk), file: Int(file)), start)
      }
    }
    for row in rows where row.from < 0 || !Episode.lengths.contains(row.to &- row.from) {
      throw .malformed(
        file: path, reason: "episode \(row.index) has the frames from \(row.from) up to \(row.to)")
    }
    return rows
  }
}

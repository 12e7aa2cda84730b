import LeRobotCore
import OrderedCollections

/// What a dataset's `meta` folder says beside `info.json`, whatever its version.
struct DatasetMetadata: Sendable {
  var episodes: [StoredEpisode]
  var tasks: TaskTable
  var statistics: StoredStatistics
  /// What is odd and does not matter, a line each.
  var warnings: [String] = []

  /// - Parameters:
  ///   - features: what of `info.json` is opened.
  ///   - needsStatistics: whether a file of statistics that cannot be read is an error.
  /// - Throws: `DataError` naming the file that is missing or wrong.
  init(
    _ files: DatasetFiles, _ info: DatasetInfo,
    _ features: OrderedDictionary<String, DatasetFeature>, needsStatistics: Bool = true
  ) throws(DataError) {
    switch info.version {
    case .v30:
      episodes = try Self.episodesV3(files, info, features.storedVideoKeys)
      tasks = try TaskTable(parquet: files.tasks)
    case .v20, .v21:
      episodes = try Self.legacyEpisodes(files, info, features.storedVideoKeys)
      tasks = try TaskTable(lines: files.legacyTasks)
    }
    do throws(DataError) {
      statistics = try StoredStatistics(files, info.version)
    } catch {
      if needsStatistics { throw error }
      statistics = StoredStatistics(file: files.statistics)
      warnings.append("\(error.description.replacing("\n", with: "; ")); statistics are computed")
    }
    removeRepetitions()
    if let episodes = statistics.episodes,
      let lacking = self.episodes.first(where: { !episodes.contains($0.index) })
    {
      warnings.append(
        "\(statistics.file): has no statistics of episode \(lacking.index); those of the others are "
          + "used")
    }
    if let count = info.episodeCount, count != episodes.count {
      warnings.append(
        "\(files.info): total_episodes is \(count), but meta/ lists \(episodes.count) episodes, "
          + "which are used")
    }
  }
}

extension DatasetMetadata {
  /// Episodes that are listed twice are one; the last line about it counts, as in LeRobot.
  private mutating func removeRepetitions() {
    var seen: Set<Int> = []
    let kept = episodes.reversed().filter { seen.insert($0.index).inserted }
    guard kept.count < episodes.count else { return }
    warnings.append("meta/ lists \(episodes.count - kept.count) episodes twice; each is used once")
    episodes = kept.reversed()
  }
}

// MARK: - v3.0: tables, and many episodes in a file

extension DatasetMetadata {
  private static func episodesV3(
    _ files: DatasetFiles, _ info: DatasetInfo, _ videoKeys: [String]
  ) throws(DataError) -> [StoredEpisode] {
    let tables = try files.episodeTables()
    guard !tables.isEmpty else {
      throw .missingFile(file: files.episodes, episode: nil)
    }
    var rows: [EpisodeRow] = []
    for table in tables { rows += try EpisodeRow.read(table, videoKeys: videoKeys) }
    rows.sort { $0.from < $1.from }
    guard Episode.isWithinReach(rows.map { $0.to - $0.from }) else {
      throw .malformed(file: files.episodes, reason: Episode.beyondReach)
    }
    var rowsTaken: [String: Int] = [:]
    // Thousands of episodes share a few paths.
    var paths: [EpisodeRow.File: String] = [:]
    return rows.map { row in
      let path = paths[row.data] ?? files.path(info.dataPath, numbers: row.data.numbers)
      paths[row.data] = path
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
}

/// One row of a v3.0 table of episodes.
private struct EpisodeRow {
  struct File: Hashable {
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
    // Where an episode's rows are is also found without.
    let places = ["data/chunk_index", "data/file_index"]
    let file = try ParquetFile(path: path)
    let known = Set(try file.columnNames())
    let batch = try file.read(
      numbers + places.filter(known.contains)
        + videoKeys.flatMap { key in
          ["chunk_index", "file_index", "from_timestamp"].map { "videos/\(key)/\($0)" }
        })
    func integers(_ name: String) throws(DataError) -> [Int] {
      let values = try batch.column(name).oneInARow().integers()
      return values.map { Int($0) }
    }
    let (index, from, to) = (
      try integers(numbers[0]), try integers(numbers[1]), try integers(numbers[2])
    )
    let nowhere = [Int](repeating: 0, count: index.count)
    let chunks = known.contains(places[0]) ? try integers(places[0]) : nowhere
    let files = known.contains(places[1]) ? try integers(places[1]) : nowhere
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

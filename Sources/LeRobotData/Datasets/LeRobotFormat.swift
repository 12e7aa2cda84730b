import LeRobotCore
import OrderedCollections

/// Opens LeRobot's own layouts, v2.0 to v3.0.
struct LeRobotFormat {
  /// Seconds by which a frame may miss its time (LeRobot `LeRobotDataset`, `tolerance_s`).
  static let tolerance = 1e-4
  /// How many video files are looked into when the dataset is opened; the rest is checked when it
  /// is first read.
  static let checkedVideoCount = 512

  let files: DatasetFiles
  let backend: VideoBackend

  /// - Parameter episodes: which to use; all where nil.
  func open(episodes indices: [Int]?) throws(DataError) -> LeRobotDataset.Contents {
    let metadata = try DatasetMetadata(files)
    let stored = try metadata.episodes.selected(indices, root: files.root)
    try checkFiles(stored, all: metadata.episodes, info: metadata.info)
    let table = try FrameTable(
      stored, features: metadata.info.features,
      lengths: metadata.episodes.reduce(into: [:]) { $0[$1.dataFile, default: 0] += $1.length })
    let episodes = stored.numbered
    try checkRows(table, stored, episodes)
    try checkTasks(table, metadata)
    return LeRobotDataset.Contents(
      features: metadata.info.features, fps: metadata.info.fps, episodes: episodes, table: table,
      cameras: try cameras(metadata.info, stored, episodes, table), tasks: metadata.tasks,
      taskFile: metadata.taskFile, statistics: metadata.statistics)
  }

  private func cameras(
    _ info: DatasetInfo, _ stored: [StoredEpisode], _ episodes: [Episode], _ table: FrameTable
  ) throws(DataError) -> OrderedDictionary<String, any CameraSource> {
    var timestamps: [Float] = []
    if case .reals(let values)? = table.columns["timestamp"]?.values { timestamps = values }
    guard info.videoKeys.isEmpty || timestamps.count == episodes.last?.rows.upperBound else {
      throw .malformed(
        file: files.info, reason: "videos need the feature timestamp, one real number a frame")
    }
    let cache = VideoIndexCache()
    var cameras: OrderedDictionary<String, any CameraSource> = [:]
    for key in info.cameraKeys {
      guard let feature = info.features[key] else { continue }
      let size = try size(of: feature, key)
      if feature.dtype == "video" {
        cameras[key] = VideoCamera(
          key: key, size: size, episodes: episodes,
          segments: try stored.map { episode throws(DataError) in try episode.segment(of: key) },
          timestamps: timestamps, tolerance: Self.tolerance, cache: cache, backend: backend)
      } else {
        cameras[key] = try StoredImages(
          key: key, size: size, episodes: episodes,
          places: stored.map { .init(file: $0.dataFile, firstRow: $0.firstRow) }, root: files.root)
      }
    }
    return cameras
  }

  private func size(
    of feature: DatasetFeature, _ key: String
  ) throws(DataError) -> (height: Int, width: Int) {
    let shape = feature.channelsFirstShape
    guard shape.count == 3, shape[0] == 3, shape[1] > 0, shape[2] > 0 else {
      throw .malformed(
        file: files.info,
        reason: "\(key) has shape \(feature.shape), which is no picture of three channels")
    }
    return (shape[1], shape[2])
  }
}

// MARK: - Checks

extension LeRobotFormat {
  /// Whether every file is there, and every video whole and long enough.
  private func checkFiles(
    _ stored: [StoredEpisode], all: [StoredEpisode], info: DatasetInfo
  ) throws(DataError) {
    var seen: Set<String> = []
    for episode in stored {
      let videos = try info.videoKeys.map { key throws(DataError) in
        try episode.segment(of: key).file
      }
      for path in [episode.dataFile] + videos
      where seen.insert(path).inserted {
        guard files.exists(path) else {
          throw .missingFile(file: path, episode: episode.index)
        }
      }
    }
    for key in info.videoKeys { try checkVideos(of: key, stored, all: all) }
  }

  private func checkVideos(
    of key: String, _ stored: [StoredEpisode], all: [StoredEpisode]
  ) throws(DataError) {
    var frameCounts: [String: Int] = [:]
    var needed: [String: Int] = [:]
    let wanted = Set(stored.map(\.index))
    for episode in all {
      guard let path = episode.videos[key]?.file else { continue }
      needed[path, default: 0] += episode.length
      guard wanted.contains(episode.index) else { continue }
      if frameCounts[path] == nil {
        if frameCounts.count == Self.checkedVideoCount { return }
        frameCounts[path] = try Demuxer(path: path).checkedSampleCount()
      }
      if let found = frameCounts[path], let needed = needed[path], found < needed {
        throw .tooFewFrames(file: path, episode: episode.index, found: found, expected: needed)
      }
    }
  }

  /// Whether the rows read are those of the episodes.
  private func checkRows(
    _ table: FrameTable, _ stored: [StoredEpisode], _ episodes: [Episode]
  ) throws(DataError) {
    for (stored, episode) in zip(stored, episodes) {
      for row in episode.rows {
        guard let found = table.integer("episode_index", at: row) else {
          throw .missingColumn(file: stored.dataFile, column: "episode_index")
        }
        if found != stored.index {
          throw .wrongEpisode(
            file: stored.dataFile, row: stored.firstRow + row - episode.rows.lowerBound,
            found: found, expected: stored.index)
        }
      }
    }
  }

  private func checkTasks(_ table: FrameTable, _ metadata: DatasetMetadata) throws(DataError) {
    guard case .integers(let indices)? = table.columns["task_index"]?.values else { return }
    if let unknown = Set(indices).first(where: { metadata.tasks[Int($0)] == nil }) {
      throw .unknownTask(file: metadata.taskFile, index: Int(unknown))
    }
  }
}

import LeRobotCore
import OrderedCollections

/// Opens LeRobot's own layouts, v2.0 to v3.0.
struct LeRobotFormat: Sendable {
  let files: DatasetFiles
  let info: DatasetInfo
  let options: ReadingOptions

  /// Opens what a run uses, and says everything that is wrong with it at once.
  ///
  /// - Parameters:
  ///   - features: what is opened, under the names of this run.
  ///   - use: what the policy does with them.
  func open(
    _ features: OrderedDictionary<String, DatasetFeature>, _ use: FeatureUse
  ) throws(DataError) -> LeRobotDataset.Contents {
    let metadata = try DatasetMetadata(
      files, info, features, needsStatistics: !options.recomputesStatistics)
    let stored = try metadata.episodes.selected(options.episodes, root: files.root)
    let episodes = stored.numbered
    try fetchMissing(features, stored)
    // Videos are opened beside the tables.
    let videos = VideoCheck(features, stored, fps: info.fps)
    let checking = Concurrently { videos.run() }
    let opened = try openTable(features, use, stored, episodes)
    let seen = checking.result
    if let error = seen.errors.first { throw error }
    var used = features.merging(seen.resized) { $1 }
      .filter { opened.report.dropped[$0.key] == nil }
    let cameras = try cameras(used, stored, episodes, opened)
    let resized = used.takeSizes(of: cameras)
    var statistics = metadata.statistics.renamed(options.names)
    var findings = DatasetFindings(episodes, opened.plan)
    findings.addWarnings(metadata.warnings + opened.warnings + seen.warnings)
    findings.addWarnings(resized)
    findings.addWarnings(strayFiles(beside: metadata.episodes, opened.plan))
    findings.add(opened.report, use)
    findings.add(metadata.tasks, used: opened.report.tasks)
    let needsComputing = !computedKeys(statistics, features, use).isEmpty
    if needsComputing, let error = findings.error { throw error }
    let computed = try complete(&statistics, metadata.episodes, features, use)
    findings.addWarnings(computed.warnings)
    overlay(&statistics, features.cameraKeys)
    findings.add(statistics, use, features, opened.report)
    findings.removeMisfits(from: &statistics, use, opened.table)
    findings.add(opened.report.timestamps, cameras)
    if let error = findings.error { throw error }
    var contents = LeRobotDataset.Contents(
      features: used, fps: info.fps, episodes: episodes, table: opened.table, cameras: cameras,
      tasks: metadata.tasks.sentences, statistics: statistics.values)
    contents.warnings = findings.warnings
    contents.notices = computed.notices
    return contents
  }

  /// A sentence on data files that hold no row of any episode, as an interrupted recording leaves one.
  private func strayFiles(beside episodes: [StoredEpisode], _ plan: RowPlan) -> [String] {
    guard info.version == .v30, let found = try? files.dataTables() else { return [] }
    let used = Set(episodes.map(\.dataFile)).union(plan.files)
    let strays = found.filter { !used.contains($0) }
    guard let first = strays.first else { return [] }
    let more = strays.count > 1 ? " nor to \(strays.count - 1) other files" : ""
    return ["\(first): no episode refers to it\(more); it is not read"]
  }

  /// Gives cameras ImageNet's statistics where they are wanted.
  private func overlay(_ statistics: inout StoredStatistics, _ cameras: [String]) {
    if options.usesImageNetStatistics {
      statistics.values.useImageNet(for: cameras)
    } else {
      statistics.values.giveAxes(to: cameras)
    }
  }
}

// MARK: - Files

extension LeRobotFormat {
  /// Has the files fetched that the run needs and that are not here.
  private func fetchMissing(
    _ features: OrderedDictionary<String, DatasetFeature>, _ stored: [StoredEpisode]
  ) throws(DataError) {
    guard let fetch = options.fetch else { return }
    let cameras = features.storedVideoKeys
    var needed: OrderedSet<String> = []
    for episode in stored {
      needed.append(episode.dataFile)
      for camera in cameras {
        if let video = episode.videos[camera] { needed.append(video.file) }
      }
    }
    let missing = needed.filter { !files.exists($0) }
    guard !missing.isEmpty else { return }
    try fetch(missing.map { String($0.dropFirst(files.root.count + 1)) })
  }
}

// MARK: - The table

extension LeRobotFormat {
  /// The table, where its rows were found, and what was noticed.
  private struct OpenedTable {
    var table: FrameTable
    var report: TableReport
    var plan: RowPlan
    var warnings: [String]
  }

  private func openTable(
    _ features: OrderedDictionary<String, DatasetFeature>, _ use: FeatureUse,
    _ stored: [StoredEpisode], _ episodes: [Episode]
  ) throws(DataError) -> OpenedTable {
    for (key, feature) in features
    where use.read.contains(key) && !feature.isCamera && !feature.isNumeric {
      throw .malformed(file: files.info, reason: "\(key) is \(feature.dtype), not numbers")
    }
    let plan = RowPlan(stored, episodes)
    do throws(DataError) {
      for episode in stored where !files.exists(episode.dataFile) {
        throw .missingFile(file: episode.dataFile, episode: episode.index)
      }
      return try read(features, use, plan, episodes)
    } catch {
      // Where meta/ is wrong about the rows, they are looked for by what they say.
      guard error.isMisplacement, let found = try? files.dataTables() else { throw error }
      let searched: RowPlan
      do throws(DataError) {
        searched = try RowPlan(searching: found, stored, episodes)
      } catch let problem {
        // Where files hold many episodes, it says which one is not whole.
        if case .missingFile = error { throw error }
        throw info.version == .v30 ? problem : error
      }
      if case .wrongOrder = error {
        return try read(features, use, searched, episodes, checksOrder: false)
      }
      guard searched != plan else { throw error }
      return try read(features, use, searched, episodes, checksOrder: false)
    }
  }

  /// The numeric features. Those that the policy computes with become real numbers, whatever they are
  /// declared as: where nothing normalises them, whole numbers would reach its layers.
  private static func columns(
    _ features: OrderedDictionary<String, DatasetFeature>, _ use: FeatureUse
  ) -> OrderedDictionary<String, DatasetFeature> {
    var columns = features.filter { $0.value.isNumeric }
    for (key, feature) in columns where use.read.contains(key) && feature.elementType != .float32 {
      columns[key]?.dtype = "float32"
    }
    return columns
  }

  private func read(
    _ features: OrderedDictionary<String, DatasetFeature>, _ use: FeatureUse, _ plan: RowPlan,
    _ episodes: [Episode], checksOrder: Bool = true
  ) throws(DataError) -> OpenedTable {
    let hasVideos = features.values.contains { $0.dtype == "video" }
    let needed = hasVideos ? ["timestamp", "episode_index"] : ["episode_index"]
    var reader = TableReader(
      Self.columns(features, use), required: use.read.union(needed), episodes: episodes, plan: plan,
      checksOrder: checksOrder,
      timestamps: TimestampCheck(tolerance: options.tolerance, fps: info.fps))
    var warnings: [String] = []
    var (table, report) = try FrameTable.open(&reader, cache: options.tableCache) {
      warnings.append($0)
    }
    for (key, feature) in features where !feature.isCamera && !feature.isNumeric {
      // Text has no use but as a task; anything else is not known.
      if !["string", "large_string"].contains(feature.dtype) {
        report.dropped[key] = "its type is \(feature.dtype)"
      }
    }
    return OpenedTable(table: table, report: report, plan: plan, warnings: warnings)
  }
}

// MARK: - Cameras

extension LeRobotFormat {
  private func cameras(
    _ features: OrderedDictionary<String, DatasetFeature>, _ stored: [StoredEpisode],
    _ episodes: [Episode], _ opened: OpenedTable
  ) throws(DataError) -> OrderedDictionary<String, any CameraSource> {
    let cache = VideoIndexCache()
    var cameras: OrderedDictionary<String, any CameraSource> = [:]
    for (key, feature) in features where feature.isCamera {
      let size = try size(of: feature, key)
      let column = feature.column(named: key)
      guard feature.dtype == "video" else {
        cameras[key] = try images(column, opened.plan)
        continue
      }
      guard let timestamps = opened.table.columns["timestamp"], timestamps.width == 1,
        timestamps.type == .float32
      else {
        throw .malformed(
          file: files.info, reason: "videos need the feature timestamp, one real number a frame")
      }
      cameras[key] = VideoCamera(
        key: key, size: size, episodes: episodes,
        segments: try stored.map { episode throws(DataError) in try episode.segment(of: column) },
        timestamps: timestamps, tolerance: options.tolerance, cache: cache,
        backend: options.backend)
    }
    return cameras
  }

  private func images(_ column: String, _ plan: RowPlan) throws(DataError) -> StoredImages {
    try StoredImages(
      key: column,
      episodes: plan.runs.map {
        Episode(index: 0, rows: $0.target..<$0.target + $0.rows.count)
      },
      places: plan.runs.map { .init(file: $0.file, firstRow: $0.rows.lowerBound) }, root: files.root
    )
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

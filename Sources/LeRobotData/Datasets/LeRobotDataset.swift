import LeRobotCore
import OrderedCollections

/// A dataset on disk, opened: what is needed to read any of its frames.
///
/// Frames are numbered from 0 over the selected episodes. Every layout on disk becomes this type;
/// only the cameras still know their files.
package struct LeRobotDataset: Sendable {
  /// What every layout on disk is turned into.
  package struct Contents: Sendable {
    /// As `info.json` declares them, in its order.
    package var features: OrderedDictionary<String, DatasetFeature>
    package var fps: Double
    package var episodes: [Episode]
    /// Numbers, the timestamps and indices among them.
    package var table: FrameTable
    /// One for each camera feature.
    package var cameras: OrderedDictionary<String, any CameraSource>
    /// Task sentences by `task_index`.
    package var tasks: [Int: String]
    /// Of the whole dataset, whichever episodes are selected.
    package var statistics: FeatureStatistics
    /// Warnings for the log, each a line.
    package var warnings: [String] = []
    /// What else the log says of the dataset, each a line.
    package var notices: [String] = []

    package init(
      features: OrderedDictionary<String, DatasetFeature>, fps: Double, episodes: [Episode],
      table: FrameTable, cameras: OrderedDictionary<String, any CameraSource>,
      tasks: [Int: String], statistics: FeatureStatistics
    ) {
      self.features = features
      self.fps = fps
      self.episodes = episodes
      self.table = table
      self.cameras = cameras
      self.tasks = tasks
      self.statistics = statistics
    }
  }

  package let contents: Contents
  /// Which frames around the asked one an item holds.
  package let deltas: DeltaIndices

  package init(contents: Contents, deltas: DeltaIndices) {
    self.contents = contents
    self.deltas = deltas
  }

  package var features: OrderedDictionary<String, DatasetFeature> { contents.features }
  package var policyFeatures: OrderedDictionary<String, PolicyFeature> { features.policyFeatures }
  package var statistics: FeatureStatistics { contents.statistics }
  /// Frames a second.
  package var fps: Double { contents.fps }
  package var episodeCount: Int { contents.episodes.count }
  package var frameCount: Int { contents.episodes.last?.rows.upperBound ?? 0 }
  /// The frames of each selected episode.
  package var episodeRanges: [Range<Int>] { contents.episodes.map(\.rows) }

  /// Reads single samples and batches; one for each thread.
  package func makeReader() -> SampleReader {
    SampleReader(dataset: self)
  }
}

// MARK: - Opening

extension FoundDataset {
  /// Opens the dataset of a configuration.
  ///
  /// - Parameter folder: where it lies.
  /// - Throws: `DataError` where there is none, or what it says of itself is damaged.
  package init(
    _ config: DatasetConfig, in folder: String, options: ReadingOptions
  ) throws(DataError) {
    if config.streaming { throw .streamingUnsupported }
    guard let backend = VideoBackend(rawValue: config.videoBackend) else {
      throw .unknownVideoBackend(config.videoBackend)
    }
    var options = options
    options.backend = backend
    options.episodes = config.episodes
    options.usesImageNetStatistics = config.usesImageNetStatistics
    guard FileSystem.isDirectory(folder) else { throw .datasetNotFound(path: folder, reason: nil) }
    try self.init(folder: folder, options)
  }
}

extension LeRobotDataset {
  /// Opens all of the dataset that a configuration names, as a run that uses every feature does.
  ///
  /// - Throws: `DataError`, naming file and episode, where anything is missing, cut short or not
  ///   what `meta/` says.
  package static func open(
    _ config: DatasetConfig, environment: [String: String], deltas: DeltaIndices = DeltaIndices(),
    options: ReadingOptions = ReadingOptions()
  ) throws(DataError) -> LeRobotDataset {
    let folder = DatasetLocation(config, environment: environment).folder
    let found = try FoundDataset(config, in: folder, options: options)
    var use = FeatureUse()
    let vectors = ["observation.state", "observation.environment_state", "action"]
    use.read = Set(
      found.policyFeatures.filter { $0.value.type == .visual || vectors.contains($0.key) }.map(
        \.key))
    return LeRobotDataset(contents: try found.open(use), deltas: deltas)
  }
}

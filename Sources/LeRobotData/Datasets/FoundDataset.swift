import LeRobotCore
import OrderedCollections

/// How a run reads a dataset.
package struct ReadingOptions: Sendable {
  /// Which episodes to use; all where nil.
  package var episodes: [Int]?
  package var backend = VideoBackend.torchcodec
  /// Seconds by which a video's frame may miss its time.
  package var tolerance = 1e-4
  /// The cameras to use, by their names in the dataset; all where nil.
  package var cameraKeys: [String]?
  /// New names for features of the dataset.
  package var names: OrderedDictionary<String, String> = [:]
  /// Whether cameras are normalised with ImageNet's mean and deviation instead of their own.
  package var usesImageNetStatistics = true
  /// Where large tables are kept; nil holds them in memory.
  package var tableCache: TableCache?
  /// Where statistics are kept that are computed from the data; nil keeps none.
  package var keptStatistics: KeptStatistics?
  /// Whether the statistics that scale features are computed from the data, whatever the dataset says.
  package var recomputesStatistics = false
  /// Fetches files that are missing, by their paths in the dataset; nil where they cannot be had.
  package var fetch: (@Sendable ([String]) throws(DataError) -> Void)?

  package init() {}
}

/// A dataset on disk. Only its description was read, which is enough to choose what is opened.
package struct FoundDataset: Sendable {
  /// What lies in the folder.
  private enum Kind: Sendable {
    case leRobot(LeRobotFormat)
    case recordings(RecordingFormat)
  }

  private var kind: Kind
  private var options: ReadingOptions
  /// As the dataset declares them, under the names of this run; cameras that are not wanted are left
  /// out.
  package let features: OrderedDictionary<String, DatasetFeature>

  /// What a policy can use of it.
  package var policyFeatures: OrderedDictionary<String, PolicyFeature> { features.policyFeatures }

  /// - Throws: `DataError` where the folder holds no dataset, or its description is damaged.
  package init(folder: String, _ options: ReadingOptions) throws(DataError) {
    self.options = options
    let files = DatasetFiles(root: folder)
    if files.exists(files.info) {
      let format = LeRobotFormat(files: files, info: try DatasetInfo(files), options: options)
      kind = .leRobot(format)
      features = try format.info.features.used(options)
    } else {
      guard let recordings = try RecordingFormat(files) else { throw .notADataset(path: folder) }
      kind = .recordings(recordings)
      features = try recordings.features.used(options)
    }
  }

  /// The same dataset with other episodes in use.
  package func selecting(_ episodes: [Int]) -> FoundDataset {
    var found = self
    found.options.episodes = episodes
    if case .leRobot(let format) = kind {
      found.kind = .leRobot(
        LeRobotFormat(files: format.files, info: format.info, options: found.options))
    }
    return found
  }

  /// The episodes in use, in order, each with the task of its first frame.
  ///
  /// - Throws: `DataError`, as `open` does; pictures are not looked at.
  package func episodeTasks() throws(DataError) -> [(episode: Int, task: Int)] {
    var use = FeatureUse()
    use.leftOut = Set(features.filter(\.value.isCamera).keys)
    let contents = try open(use)
    return try contents.episodes.map { episode throws(DataError) in
      let first = episode.rows.lowerBound
      return (episode.index, try contents.table.integer("task_index", at: first) ?? 0)
    }
  }

  /// Opens what a run uses.
  ///
  /// - Throws: `DataError`, with everything that is wrong with the dataset, as far as that can be
  ///   known without decoding pictures.
  package func open(_ use: FeatureUse) throws(DataError) -> LeRobotDataset.Contents {
    let wanted = features.filter { !use.leftOut.contains($0.key) }
    switch kind {
    case .leRobot(let format): return try format.open(wanted, use)
    case .recordings(let recordings):
      var contents = try recordings.open(wanted, episodes: options.episodes)
      if options.usesImageNetStatistics {
        contents.statistics.useImageNet(for: Array(contents.cameras.keys))
      }
      return contents
    }
  }
}

extension OrderedDictionary<String, DatasetFeature> {
  /// The features that a run may use, under its own names.
  ///
  /// - Throws: `DataError.unknownCamera`.
  fileprivate func used(_ options: ReadingOptions) throws(DataError) -> Self {
    if let unknown = options.cameraKeys?.first(where: { self[$0]?.isCamera != true }) {
      throw .unknownCamera(name: unknown, cameras: cameraKeys)
    }
    var result: Self = [:]
    for (key, feature) in self {
      if feature.isCamera, let wanted = options.cameraKeys, !wanted.contains(key) { continue }
      var feature = feature
      let name = options.names[key]
      feature.storedName = name == nil ? nil : key
      result[name ?? key] = feature
    }
    return result
  }
}

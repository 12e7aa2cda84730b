import LeRobotCore
import OrderedCollections

/// Statistics as a dataset's files hold them, and what cannot be read of them.
struct StoredStatistics: Sendable {
  var values: FeatureStatistics
  /// The file they came from, for messages.
  var file: String
  /// Statistics that are no arrays of numbers, by feature: a run that needs one cannot do without.
  var unreadable: [String: Set<String>] = [:]
  /// v2.1: the episodes that there are statistics of.
  var episodes: Set<Int>?

  /// None of any feature.
  init(file: String) { (self.file, values) = (file, [:]) }

  /// v2.1 has statistics of each episode, other versions those of the whole dataset. Where there are
  /// none, nothing is normalised, as in LeRobot.
  ///
  /// - Throws: `DataError` where the file is damaged.
  init(_ files: DatasetFiles, _ version: DatasetInfo.Version) throws(DataError) {
    file = version == .v21 ? files.legacyEpisodeStatistics : files.statistics
    values = [:]
    guard files.exists(file) else { return }
    if version == .v21 {
      try readEpisodes()
    } else {
      try read(MetadataFile(path: file).object())
    }
  }

  /// Under new names of the features.
  func renamed(_ names: OrderedDictionary<String, String>) -> StoredStatistics {
    var result = self
    result.values = values.renamed(names)
    result.unreadable = Dictionary(
      unreadable.map { (names[$0.key] ?? $0.key, $0.value) }, uniquingKeysWith: { $1 })
    return result
  }

  /// Takes over what was computed from the data.
  ///
  /// - Parameter replacing: whether all of a feature's statistics are replaced, or its quantiles alone
  ///   and what it has none of.
  mutating func take(_ computed: FeatureStatistics, replacing: Bool) {
    for (key, new) in computed {
      guard !replacing, let old = values[key], !old.isEmpty else {
        values[key] = new
        unreadable[key] = nil
        continue
      }
      for (name, tensor) in new where Histogram<Float>.isQuantile(name) {
        values[key]?[name] = tensor
      }
    }
  }

  /// Reads the object of `stats.json` (LeRobot `datasets/utils.py`, `cast_stats_to_numpy`): NumPy's
  /// types, as `HostTensor(nested:)`.
  private mutating func read(_ object: MetadataObject) throws(DataError) {
    for key in object.members.keys {
      guard case .object(let members)? = object[key] else {
        unreadable[key] = ["all"]
        continue
      }
      // Without a single one a feature is one without statistics.
      if !members.isEmpty { values[key] = [:] }
      for (name, value) in members {
        if let tensor = HostTensor(nested: value) {
          values[key]?[name] = tensor
        } else {
          unreadable[key, default: []].insert(name)
        }
      }
    }
  }

  private mutating func readEpisodes() throws(DataError) {
    var episodes: [(index: Int, statistics: FeatureStatistics)] = []
    for line in try MetadataFile(path: file).lines() {
      let statistics = try FeatureStatistics(line.object("stats"))
      episodes.append((try line.integer("episode_index"), statistics))
    }
    episodes.sort { $0.index < $1.index }
    self.episodes = Set(episodes.map(\.index))
    guard let whole = FeatureStatistics.aggregate(episodes.map(\.statistics)) else {
      throw .malformed(
        file: file, reason: "an episode's statistics are not of the form that the others' have")
    }
    values = whole
  }
}

import Foundation
import LeRobotCore
import OrderedCollections

// Statistics that a run needs and a dataset lacks are computed from its data, and kept for later runs.

extension LeRobotFormat {
  /// Computes the statistics that the policy needs and the dataset lacks, or all that it needs where
  /// that is asked for.
  ///
  /// LeRobot stops where a mode needs quantiles that a dataset does not have, as older ones do not, and
  /// names a script that adds them to the dataset.
  ///
  /// - Parameters:
  ///   - statistics: the dataset's, under the names of this run; completed.
  ///   - stored: all episodes of the dataset, whichever are selected.
  ///   - features: what is opened.
  /// - Returns: what the log says of it.
  /// - Throws: `DataError` where the data cannot be read.
  func complete(
    _ statistics: inout StoredStatistics, _ stored: [StoredEpisode],
    _ features: OrderedDictionary<String, DatasetFeature>, _ use: FeatureUse
  ) throws(DataError) -> StatisticsReport {
    let keys = computedKeys(statistics, features, use)
    guard !keys.isEmpty else { return StatisticsReport() }
    let wanted = features.filter { keys.contains($0.key) }
    let (values, report) = try computed(wanted, features, stored)
    statistics.take(values.renamed(options.names), replacing: options.recomputesStatistics)
    return report
  }

  /// The features whose statistics are computed: those that are scaled by quantiles which the dataset
  /// lacks, or all that are scaled.
  func computedKeys(
    _ statistics: StoredStatistics, _ features: OrderedDictionary<String, DatasetFeature>,
    _ use: FeatureUse
  ) -> [String] {
    use.statistics.filter { key, names in
      guard let feature = features[key] else { return false }
      let given = feature.isCamera && options.usesImageNetStatistics ? ["mean", "std"] : []
      let needed = names.filter { !given.contains($0) }
      if options.recomputesStatistics { return !needed.isEmpty }
      return needed.contains { name in
        Histogram<Float>.isQuantile(name) && statistics.values[key]?[name] == nil
          && statistics.unreadable[key]?.contains(name) != true
      }
    }.map(\.key)
  }

  /// Statistics under the features' names in the dataset: those that an earlier run kept, or computed.
  ///
  /// They are of all episodes, whichever are selected, as LeRobot's are. Where the others cannot be read,
  /// they are of the selected ones.
  private func computed(
    _ wanted: OrderedDictionary<String, DatasetFeature>,
    _ features: OrderedDictionary<String, DatasetFeature>, _ stored: [StoredEpisode]
  ) throws(DataError) -> (FeatureStatistics, StatisticsReport) {
    var report = StatisticsReport()
    let choices: [[Int]?] = options.episodes.map { [nil, $0] } ?? [nil]
    for choice in choices {
      let episodes = try stored.selected(choice, root: files.root)
      if let kept = options.keptStatistics, let found = kept.read(stamps(wanted, episodes)) {
        report.notices.append(
          "Statistics of \(names(wanted)): computed from the data before, kept in \(kept.file)")
        return (found, report)
      }
      do throws(DataError) {
        let start = ContinuousClock.now
        let computed = try compute(wanted, features, choice)
        let seconds = (ContinuousClock.now - start) / .seconds(1)
        report.add(computed.leftOut)
        // What was missing may have been downloaded meanwhile.
        let place = keep(computed.values, stamps(wanted, episodes), &report)
        let what = options.recomputesStatistics ? "all statistics" : "quantiles"
        report.notices.append(
          "Computed \(what) of \(names(wanted)) from the data in "
            + String(format: "%.1f", seconds) + " s; \(place)")
        return (computed.values, report)
      } catch {
        guard choice == nil, choices.count > 1 else { throw error }
        report.warnings.append(
          "statistics are computed of the selected episodes alone, for others cannot be read: "
            + error.description.replacing("\n", with: "; "))
      }
    }
    return ([:], report)
  }

  private func names(_ features: OrderedDictionary<String, DatasetFeature>) -> String {
    features.keys.joined(separator: ", ")
  }

  /// Computes the statistics of some episodes, or of all, under the features' names in the dataset.
  private func compute(
    _ wanted: OrderedDictionary<String, DatasetFeature>,
    _ features: OrderedDictionary<String, DatasetFeature>, _ episodes: [Int]?
  ) throws(DataError) -> (values: FeatureStatistics, leftOut: [Int]) {
    var options = options
    options.episodes = episodes
    // A large table is read from a file that is gone afterwards.
    options.tableCache = options.tableCache.map {
      TableCache(folder: $0.folder, isKept: false, smallestSize: $0.smallestSize)
    }
    let places = ["timestamp", "frame_index", "episode_index"]
    let opened = features.filter { wanted[$0.key] != nil || places.contains($0.key) }
    // Without a use, columns keep the types that torch gives them.
    let contents = try LeRobotFormat(files: files, info: info, options: options)
      .open(opened, FeatureUse())
    let statistics = try ComputedStatistics(of: Array(wanted.keys), in: contents)
    let stored = wanted.map { ($0.key, $0.value.column(named: $0.key)) }
    return (
      statistics.values.renamed(OrderedDictionary(uniqueKeysWithValues: stored)), statistics.leftOut
    )
  }

  /// - Returns: a clause on where the statistics are.
  private func keep(
    _ statistics: FeatureStatistics, _ stamps: OrderedDictionary<String, String>,
    _ report: inout StatisticsReport
  ) -> String {
    guard let kept = options.keptStatistics, kept.isKept else { return "not kept" }
    do throws(FileError) {
      try kept.add(statistics, stamps)
      return "kept in \(kept.file)"
    } catch {
      report.warnings.append("\(error); \(KeptStatistics.remark)")
      return "not kept"
    }
  }

  /// What each feature's statistics are made of: its declaration, episodes, and files by their sizes and
  /// times. By the features' names in the dataset.
  private func stamps(
    _ features: OrderedDictionary<String, DatasetFeature>, _ episodes: [StoredEpisode]
  ) -> OrderedDictionary<String, String> {
    var tables = Set(episodes.map(\.dataFile))
    // Rows that are not where meta/ says are looked for in all of them.
    if info.version == .v30, let all = try? files.dataTables() { tables.formUnion(all) }
    let places = episodes.map { "\($0.index) \($0.length) \($0.dataFile) \($0.firstRow)" }
    let shared = (["layout 1"] + places + versions(tables)).digest
    var stamps: OrderedDictionary<String, String> = [:]
    for (key, feature) in features {
      let column = feature.column(named: key)
      var lines = [shared, "\(column) \(feature.dtype) \(feature.shape)"]
      if feature.dtype == "video" {
        let segments = episodes.compactMap { $0.videos[column] }
        lines += segments.map { "\($0.file) \($0.start)" } + versions(Set(segments.map(\.file)))
      }
      stamps[column] = lines.digest
    }
    return stamps
  }

  private func versions(_ files: Set<String>) -> [String] {
    files.sorted().map { "\($0) \(FileStamp($0)?.version ?? "")" }
  }
}

/// What the log says of statistics that were computed, a line each.
struct StatisticsReport: Sendable {
  var notices: [String] = []
  var warnings: [String] = []

  /// Says which episodes had to be left out.
  mutating func add(_ leftOut: [Int]) {
    guard let first = leftOut.first else { return }
    warnings.append(
      "episode \(first)" + (leftOut.count > 1 ? " and \(leftOut.count - 1) others" : "")
        + " left out of the statistics: not all values are finite (NaN or infinite)")
  }
}

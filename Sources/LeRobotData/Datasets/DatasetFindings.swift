import Foundation
import LeRobotCore
import OrderedCollections

/// Everything that is noticed when a dataset is opened: what no training gets past, and what its
/// user should know. A line each, in which files, episodes and frames are counted as users count.
struct DatasetFindings {
  /// How many lines of a kind are said; the others are counted.
  private static let limit = 10

  private let episodes: [Episode]
  private let plan: RowPlan
  private var errors: [String] = []
  private var notes: [String] = []

  /// - Parameters:
  ///   - episodes: with their rows in the table.
  ///   - plan: where the rows came from.
  init(_ episodes: [Episode], _ plan: RowPlan) {
    (self.episodes, self.plan) = (episodes, plan)
  }

  /// All errors together, nil where there is none.
  var error: DataError? { errors.isEmpty ? nil : .findings(Self.limited(errors)) }
  var warnings: [String] { Self.limited(notes) }

  private static func limited(_ lines: [String]) -> [String] {
    lines.count <= limit
      ? lines : lines.prefix(limit) + ["\(lines.count - limit) more of the dataset's findings"]
  }

  mutating func addWarnings(_ lines: [String]) { notes += lines }
}

// MARK: - Values

extension DatasetFindings {
  mutating func add(_ report: TableReport, _ use: FeatureUse) {
    for (key, check) in report.columns {
      if check.nulls.count > 0 {
        errors.append(
          "\(place(check.nulls)) of \(key) is null; fill the value in, or leave the episode out by "
            + "--dataset.episodes")
      }
      if check.notFinite.count > 0, use.read.contains(key) {
        errors.append(
          "\(place(check.notFinite)) of \(key) is not finite (NaN or infinite); repair the "
            + "recording, or leave the episode out by --dataset.episodes")
      }
    }
    guard !report.dropped.isEmpty else { return }
    let reasons = report.dropped.map { "\($0.key) (\($0.value))" }
    let more = reasons.count > 4 ? " and \(reasons.count - 4) more" : ""
    notes.append(
      "not read, as the policy does without: \(reasons.prefix(4).joined(separator: ", "))"
        + more)
  }

  mutating func add(_ tasks: TaskTable, used: Set<Int>) {
    if let problem = tasks.problem { notes.append("\(tasks.file): \(problem)") }
    let unknown = used.filter { tasks.sentences[$0] == nil }.sorted()
    guard let first = unknown.first else { return }
    notes.append(
      "\(tasks.file): has no task \(first)"
        + (unknown.count > 1 ? " and \(unknown.count - 1) others" : "")
        + ", which frames refer to; their task is empty text")
  }

  /// Times that the videos do not show. Only those that differ from the frame rate are looked up.
  mutating func add(
    _ times: TimestampCheck, _ cameras: OrderedDictionary<String, any CameraSource>
  ) {
    let videos = cameras.values.compactMap { $0 as? VideoCamera }
    if times.standing.count > 0, !videos.isEmpty {
      errors.append(
        "\(place(times.standing)) has a timestamp that is not later than the one before; videos are "
          + "read by timestamps, so record them again")
      return
    }
    guard times.frames.count > 0 else { return }
    let seconds = String(format: "%.4g", times.worst?.seconds ?? .nan)
    for camera in videos {
      for row in [times.frames.first, times.worst?.row ?? times.frames.first] {
        guard (try? camera.check(row)) == nil else { continue }
        errors.append(
          "\(place(times.frames)) has a timestamp that the video of \(camera.key) does not show: "
            + "they differ from the frame rate by up to \(seconds) s; tolerate that by --tolerance_s"
        )
        return
      }
    }
    notes.append(
      "\(place(times.frames)) has a timestamp that is not of the frame rate: they differ by up to "
        + "\(seconds) s")
  }

  /// `file: episode 3, frame 84 (and 2 more frames)`.
  private func place(_ frames: ColumnCheck.Frames) -> String {
    let episode = episodes[episodes.position(ofRow: frames.first)]
    let file = plan.file(of: frames.first).map { "\($0): " } ?? ""
    let more = frames.count > 1 ? " (and \(frames.count - 1) more frames)" : ""
    return "\(file)episode \(episode.index), frame \(frames.first - episode.rows.lowerBound)\(more)"
  }
}

// MARK: - Statistics

extension DatasetFindings {
  mutating func add(
    _ statistics: StoredStatistics, _ use: FeatureUse,
    _ features: OrderedDictionary<String, DatasetFeature>, _ report: TableReport
  ) {
    var missing: [String] = []
    var lacking: OrderedDictionary<String, [String]> = [:]
    for (key, names) in use.statistics where !names.isEmpty {
      guard let feature = features[key] else { continue }
      guard let found = statistics.values[key], !found.isEmpty else {
        missing.append(key)
        continue
      }
      if let name = names.first(where: { found[$0] == nil }),
        statistics.unreadable[key]?.contains(name) != true
      {
        lacking[name, default: []].append(key)
      } else if let problem = problem(statistics, key, names, feature) {
        errors.append("\(statistics.file): \(problem); \(Self.recomputing)")
      } else if !feature.isCamera {
        addDoubts(statistics.file, key, found, report.columns[key])
      }
    }
    for (name, keys) in lacking {
      errors.append(
        "\(statistics.file): has no \(name) of \(keys.joined(separator: ", ")), which "
          + "--policy.normalization_mapping asks for; \(Self.recomputing)")
    }
    guard !missing.isEmpty else { return }
    notes.append(
      "\(statistics.file): has no statistics of \(missing.joined(separator: ", ")), "
        + (missing.count > 1 ? "which are" : "which is") + " not normalised; \(Self.recomputing)")
  }

  private static let recomputing = "--dataset.recompute_stats=true computes them from the data"

  /// Takes away statistics that do not fit features which the policy does not compute with, so that
  /// they are not scaled.
  mutating func removeMisfits(
    from statistics: inout StoredStatistics, _ use: FeatureUse, _ table: FrameTable
  ) {
    var removed: [String] = []
    for (key, column) in table.columns where !use.read.contains(key) {
      guard let found = statistics.values[key],
        found.contains(where: { name, tensor in
          name != "count" && !StatisticLayout.fits(tensor.shape, values: [2] + column.shape)
        })
      else { continue }
      statistics.values[key] = nil
      removed.append(key)
    }
    guard !removed.isEmpty else { return }
    notes.append(
      "\(statistics.file): the statistics of \(removed.joined(separator: ", ")) have another width "
        + "and are not used")
  }

  /// Why a feature cannot be scaled.
  private func problem(
    _ statistics: StoredStatistics, _ key: String, _ names: [String], _ feature: DatasetFeature
  ) -> String? {
    let shape = feature.isCamera ? feature.channelsFirstShape : feature.shape
    for name in names {
      if statistics.unreadable[key]?.contains(name) == true {
        return "\(name) of \(key) is no array of numbers"
      }
      guard let tensor = statistics.values[key]?[name] else { continue }
      guard StatisticLayout.fits(tensor.shape, values: [2] + shape) else {
        return "\(name) of \(key) has the shape \(tensor.shape), \(key) has \(shape)"
      }
      guard tensor.doubles.allSatisfy(\.isFinite) else {
        return "\(name) of \(key) is not finite (\(Self.text(tensor)))"
      }
    }
    return nil
  }

  /// Whether statistics contradict each other, or the data.
  private mutating func addDoubts(
    _ file: String, _ key: String, _ statistics: OrderedDictionary<String, HostTensor>,
    _ check: ColumnCheck?
  ) {
    guard let low = statistics["min"]?.doubles, let high = statistics["max"]?.doubles,
      low.count == high.count
    else { return }
    let spread = statistics["std"]?.doubles ?? []
    if spread.count == low.count,
      low.indices.contains(where: { spread[$0] == 0 && low[$0] < high[$0] })
    {
      notes.append(
        "\(file): a std of \(key) is 0 although its min and max differ; it is scaled without bounds"
      )
    }
    func isOutside(_ means: [Double]) -> Bool {
      means.count == low.count
        && means.indices.contains { i in
          // Means are rounded.
          let slack = 1e-3 * max(abs(low[i]), abs(high[i]), 1e-6)
          return means[i] < low[i] - slack || means[i] > high[i] + slack
        }
    }
    if isOutside(statistics["mean"]?.doubles ?? []) {
      notes.append(
        "\(file): the mean of \(key) is not between its min and max; it is not of one dataset")
    } else if isOutside(check?.means ?? []) {
      notes.append(
        "\(file): the statistics of \(key) are not of this data, whose mean is not between min and "
          + "max")
    }
  }

  private static func text(_ tensor: HostTensor) -> String {
    tensor.doubles.first { !$0.isFinite }.map { $0.isNaN ? "NaN" : "infinite" } ?? ""
  }
}

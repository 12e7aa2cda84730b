import Foundation
import LeRobotCore
import LeRobotData
import OrderedCollections
import Support
import Testing

/// Quantile statistics against LeRobot's `compute_stats.py`, and what is scaled by them.
struct StatisticsGoldenTests {
  private static func json(_ file: String) throws -> JSONValue {
    let url = RepositoryFiles.fixtures.appending(path: "statistics/\(file)")
    return try JSONValue(parsing: Data(contentsOf: url))
  }

  /// Values as LeRobot was given them, [n, width].
  private static func values(_ entry: JSONValue) -> (tensor: HostTensor, width: Int) {
    let numbers = entry["values"]?.arrayValue?.compactMap(\.doubleValue) ?? []
    let width = entry["width"]?.intValue ?? 0
    let shape = [numbers.count / max(1, width), width]
    let tensor =
      switch entry["type"]?.stringValue {
      case "float32": HostTensor(numbers.map { Float($0) }, shape: shape)
      case "int64": HostTensor(numbers.map { Int64($0) }, shape: shape)
      case "bool": HostTensor(numbers.map { $0 != 0 }, shape: shape)
      default: HostTensor(numbers, shape: shape)
      }
    return (tensor, width)
  }

  private static let names = [
    "min", "max", "mean", "std", "count", "q01", "q10", "q50", "q90", "q99",
  ]

  /// The statistics whose numbers differ, each with both.
  private static func differences(
    _ found: NamedTensors?, _ expected: JSONValue?, within tolerance: Double = 0
  ) -> [String] {
    names.filter { name in
      let ours = found?[name]?.doubles ?? []
      let theirs = HostTensor(nested: expected?[name] ?? .null)?.doubles ?? []
      return ours.count != theirs.count || ours.isEmpty
        || zip(ours, theirs).contains { !(abs($0 - $1) <= tolerance * abs($1)) }
    }.map { "\($0): \(found?[$0]?.doubles ?? []) not \(expected?[$0]?.pythonText() ?? "none")" }
  }

  @Test func statisticsOfAnEpisodeAreLeRobots() throws {
    let entries = try #require(Self.json("episodes.json").arrayValue)
    #expect(entries.count == 19)
    for entry in entries {
      let (values, width) = Self.values(entry)
      let found = EpisodeStatistics.of(values, width: width)
      let problems = Self.differences(found, entry["statistics"])
      #expect(problems.isEmpty, "\(entry["name"]?.stringValue ?? ""): \(problems)")
      #expect(found["q01"]?.shape == [width] && found["count"]?.shape == [1])
    }
  }

  @Test func statisticsOfSeveralEpisodesAreLeRobots() throws {
    let entries = try #require(Self.json("aggregated.json").arrayValue)
    #expect(entries.count == 6)
    for entry in entries {
      let episodes = (entry["episodes"]?.arrayValue ?? []).map { episode -> FeatureStatistics in
        let (values, width) = Self.values(episode)
        return ["x": EpisodeStatistics.of(values, width: width)]
      }
      let problems = Self.differences(
        FeatureStatistics.aggregate(episodes)?["x"], entry["statistics"])
      #expect(problems.isEmpty, "\(entry["name"]?.stringValue ?? ""): \(problems)")
    }
  }

  /// `augment_dataset_quantile_stats.py` on the same dataset.
  @Test(arguments: ["v30", "v21", "v20"])
  func computedStatisticsOfADatasetAreThoseOfLeRobotsScript(version: String) throws {
    let golden = try #require(Self.json("dataset.json").objectValue)
    var options = ReadingOptions()
    options.recomputesStatistics = true
    let found = try FoundDataset(folder: DatasetFixture.layout(version), options)
    var use = FeatureUse()
    for key in golden.keys { use.statistics[key] = ["q01", "q99"] }
    let contents = try found.open(use)
    for (key, expected) in golden {
      let problems = Self.differences(contents.statistics[key], expected)
        // The squares of these whole numbers are too large for LeRobot (Q-DATA-9).
        .filter { key != "mode" || !$0.hasPrefix("std: ") }
      #expect(problems.isEmpty, "\(key): \(problems)")
    }
    #expect(contents.notices.count == 1 && contents.warnings.isEmpty, "\(contents.warnings)")
  }

  // MARK: - Scaling

  private static let features: OrderedDictionary = [
    "observation.state": PolicyFeature(type: .state, shape: [5]),
    "action": PolicyFeature(type: .action, shape: [4]),
  ]

  /// Bit for bit, also where two quantiles are equal and where values lie far beyond them.
  @Test(
    arguments: [NormalizationMode.quantiles, .quantiles10], ["float32", "float64"])
  func valuesAreScaledByQuantilesAndBackAsLeRobotDoes(mode: NormalizationMode, type: String) throws
  {
    let path = RepositoryFiles.fixtures.appending(path: "statistics/scaled.safetensors").path
    let golden = try SafetensorsFile(path: path).tensors()
    var statistics: NamedTensors = [:]
    for (name, tensor) in golden where name.hasPrefix("statistics/") {
      statistics[String(name.dropFirst("statistics/".count))] = tensor
    }
    let normalizer = Normalizer(
      features: Self.features, modes: ["STATE": mode, "ACTION": mode],
      statistics: FeatureStatistics(flattened: statistics))
    let place = "\(mode.rawValue)/\(type)"
    for key in Self.features.keys {
      let given = try #require(golden["\(place)/given/\(key)"])
      for (way, isInverse) in [("scaled", false), ("back", true)] {
        let done = try normalizer.apply(
          to: Batch(tensors: [key: given]), inverse: isInverse)
        #expect(done[key] == golden["\(place)/\(way)/\(key)"], "\(key) \(way)")
      }
    }
  }
}

import Foundation
import LeRobotCore
import LeRobotData
import Support
import Testing

/// Thousands of damaged datasets: each is refused in a line or gives a training batch.
struct DamagedDatasetPropertyTests {
  /// A file of a layout that is damaged.
  struct Target: Sendable, CustomTestStringConvertible {
    let version: String
    let file: String
    var testDescription: String { "\(version)/\(file)" }
  }

  private static let targets = [
    Target(version: "v30", file: "meta/info.json"),
    Target(version: "v30", file: "meta/stats.json"),
    Target(version: "v30", file: "meta/tasks.parquet"),
    Target(version: "v30", file: "meta/episodes/chunk-000/file-000.parquet"),
    Target(version: "v30", file: "data/chunk-000/file-000.parquet"),
    Target(version: "v21", file: "meta/info.json"),
    Target(version: "v21", file: "meta/tasks.jsonl"),
    Target(version: "v21", file: "meta/episodes.jsonl"),
    Target(version: "v21", file: "meta/episodes_stats.jsonl"),
    Target(version: "v21", file: "data/chunk-000/episode_000001.parquet"),
    Target(version: "v20", file: "meta/info.json"),
    Target(version: "v20", file: "meta/stats.json"),
  ]
  private static let count = Effort.count(150, of: 500)

  @Test(arguments: targets)
  func damagedDatasetsAreRefusedOrTrainedOn(_ target: Target) throws {
    let seed = target.testDescription.utf8.reduce(7) { $0 &* 31 &+ UInt64($1) }
    var mutator = ByteMutator(seed: seed)
    let folder = try TemporaryFolder()
    let root = try DatasetFixture.copy(target.version, into: folder)
    let path = "\(root)/\(target.file)"
    let original = Array(try Data(contentsOf: URL(filePath: path)))
    #expect(try Self.refusal(of: root) == nil, "the dataset is whole before it is damaged")
    var refused = 0
    for index in 0..<Self.count {
      let damaged =
        path.hasSuffix(".parquet") && index % 2 == 0
        ? mutator.damageFooter(original) : mutator.damage(original, within: original.count)
      try Data(damaged).write(to: URL(filePath: path))
      if let refusal = try Self.refusal(of: root) {
        refused += 1
        #expect(!refusal.contains("\n"), "seed \(seed), \(index): \(refusal)")
        #expect(refusal.contains(": "), "seed \(seed), \(index): \(refusal)")
      }
    }
    // Most numbers of the statistics may be any number.
    #expect(refused > Self.count / 10, "\(refused) of \(Self.count)")
  }

  /// Opens a dataset, makes a batch of it as a run does, and scales it by its statistics.
  ///
  /// - Returns: the error that refuses it, nil where there is a batch.
  private static func refusal(of root: String) throws -> String? {
    do {
      let dataset = try DatasetFixture.open(
        root, deltas: DeltaIndices(observation: [-1, 0], action: [0, 1, 2]))
      let frames = dataset.frameCount
      #expect(frames > 0 && frames == dataset.episodeRanges.reduce(0) { $0 + $1.count })
      let batch = try dataset.makeReader().batch([0, frames / 2, frames - 1])
      #expect(batch.tasks.count == 3)
      let modes = Dictionary(
        uniqueKeysWithValues: FeatureType.allCases.map { ($0.rawValue, NormalizationMode.meanStd) })
      let normalizer = Normalizer(
        features: dataset.policyFeatures,
        modes: .init(uniqueKeys: modes.keys, values: modes.values),
        statistics: dataset.statistics)
      let scaled = try normalizer.apply(to: batch)
      for (key, value) in scaled.values {
        #expect(value.shape == batch.values[key]?.shape, "\(key)")
      }
      return nil
    } catch let error as DataError {
      return error.description
    } catch let error as ProcessorError {
      return error.description
    }
  }
}

import Foundation
import LeRobotCore
import LeRobotData
import Support
import Testing

/// Datasets as LeRobot reads them.
@Suite(.enabled(if: RepositoryFiles.hasShared("data/g1_bottle"), "needs ../shared/data"))
struct DatasetGoldenTests {
  static func open(_ name: String, episodes: [Int]? = nil) throws -> LeRobotDataset {
    var config = DatasetConfig(repositoryID: "local/\(name)")
    config.root = RepositoryFiles.shared.appending(path: "data/\(name)").path
    config.episodes = episodes
    return try LeRobotDataset.open(
      config, environment: [:], deltas: DeltaIndices(action: Array(0..<20)))
  }

  @Test func versionsOfTheSameDataGiveIdenticalBatches() throws {
    let (new, old) = (try Self.open("g1_bottle"), try Self.open("g1_bottle_v21"))
    #expect(new.episodeRanges == old.episodeRanges)
    #expect(new.policyFeatures == old.policyFeatures)
    let indices = [0, 210, 220, 221, 764, 1044]
    let (ours, theirs) = (
      try new.makeReader().batch(indices), try old.makeReader().batch(indices)
    )
    #expect(ours.tensors.keys == theirs.tensors.keys)
    for (key, tensor) in ours.tensors { #expect(tensor == theirs[key], "\(key)") }
    #expect(ours.tasks == theirs.tasks)
  }
}

import Foundation
import LeRobotCore
import LeRobotData

/// Opens the small datasets of `Fixtures/` and copies of them.
package enum DatasetFixture {
  /// Opens a dataset folder with its own statistics.
  package static func open(
    _ folder: String, episodes: [Int]? = nil, deltas: DeltaIndices = DeltaIndices(),
    backend: VideoBackend = .torchcodec, usesImageNetStatistics: Bool = false
  ) throws -> LeRobotDataset {
    var config = DatasetConfig(repositoryID: "local/fixture")
    config.root = folder
    config.episodes = episodes
    config.videoBackend = backend.rawValue
    config.usesImageNetStatistics = usesImageNetStatistics
    return try LeRobotDataset.open(config, environment: [:], deltas: deltas)
  }

  /// The folder of one layout of the same small dataset: `v30`, `v21` or `v20`.
  package static func layout(_ version: String) -> String {
    RepositoryFiles.fixtures.appending(path: "layouts/\(version)").path
  }

  /// The table of v21's and v20's first episode, below their folder.
  package static let firstEpisode = "/data/chunk-000/episode_000000.parquet"

  /// A copy of a layout that a test may damage.
  package static func copy(_ version: String, into folder: TemporaryFolder) throws -> String {
    let target = folder.file(version)
    try FileManager.default.copyItem(atPath: layout(version), toPath: target)
    return target
  }
}

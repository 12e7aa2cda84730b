import Foundation
import LeRobotCore
import LeRobotData

/// Raw recordings of `Fixtures/recordings`, in a folder of the test's own: opening writes to it.
package struct RecordingFixture {
  private let folder: TemporaryFolder
  package let path: String

  package init(_ name: String) throws {
    folder = try TemporaryFolder()
    path = folder.file("recordings")
    try FileManager.default.copyItem(atPath: Self.stored(name), toPath: path)
  }

  /// A whole episode followed by one with a fault.
  package init(fault: String) throws {
    folder = try TemporaryFolder()
    path = folder.path
    let whole = fault.contains("jpeg") ? "jpeg" : "pixels"
    for (index, name) in [whole, fault].enumerated() {
      try FileManager.default.copyItem(
        atPath: Self.stored("broken/\(name).hdf5"), toPath: folder.file("episode_\(index).hdf5"))
    }
  }

  /// Where a folder or file of `Fixtures/recordings` lies.
  package static func stored(_ name: String) -> String {
    RepositoryFiles.fixtures.appending(path: "recordings/\(name)").path
  }

  /// Opens a dataset's folder without ImageNet's statistics.
  package static func open(
    _ path: String, episodes: [Int]? = nil, deltas: DeltaIndices = DeltaIndices()
  ) throws(DataError) -> LeRobotDataset {
    var config = DatasetConfig(repositoryID: "us/aloha")
    config.root = path
    config.episodes = episodes
    config.usesImageNetStatistics = false
    return try LeRobotDataset.open(config, environment: [:], deltas: deltas)
  }
}

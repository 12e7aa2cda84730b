import Foundation
import LeRobotCore
import LeRobotData
import Support
import Testing

/// What holds of any dataset, whichever episodes are selected.
struct DatasetPropertyTests {
  static let deltas = DeltaIndices(observation: [-2, 0], action: Array(-1..<6), reward: [0, 3])

  /// LeRobot mixes absolute and relative indices here (Q-DATA-1).
  @Test(arguments: [[0], [1], [2], [0, 1], [0, 2], [1, 2], [2, 0], [1, 1], [2, 1, 0]])
  func selectedEpisodesKeepTheirItems(_ episodes: [Int]) throws {
    let folder = DatasetFixture.layout("v30")
    let whole = try DatasetFixture.open(folder, deltas: Self.deltas)
    let part = try DatasetFixture.open(folder, episodes: episodes, deltas: Self.deltas)
    let ranges = Set(episodes).sorted().map { whole.episodeRanges[$0] }
    #expect(part.episodeRanges.map(\.count) == ranges.map(\.count))
    #expect(part.episodeCount == ranges.count)
    #expect(part.statistics == whole.statistics)
    let expected = try whole.makeReader().batch(ranges.flatMap(Array.init))
    let actual = try part.makeReader().batch(Array(0..<part.frameCount))
    #expect(actual.tasks == expected.tasks)
    for (key, tensor) in expected.tensors { #expect(actual[key] == tensor, "\(key)") }
  }

  @Test func itemsAreRowsOfBatches() throws {
    let dataset = try DatasetFixture.open(DatasetFixture.layout("v30"), deltas: Self.deltas)
    let reader = dataset.makeReader()
    let batch = try reader.batch([5, 17])
    let item = try reader.item(17)
    #expect(Array(item.tensors.keys) == Array(batch.tensors.keys))
    for (key, tensor) in item.tensors {
      #expect(batch[key]?.shape == [2] + tensor.shape, "\(key)")
      #expect(batch[key].map { Array($0.doubles.suffix(tensor.count)) } == tensor.doubles, "\(key)")
    }
    #expect(item["index"]?.shape == [] && item.tasks == [batch.tasks[1]])
  }

  @Test func imageNetReplacesMeanAndDeviationOfCamerasOnly() throws {
    let folder = DatasetFixture.layout("v30")
    let own = try DatasetFixture.open(folder).statistics
    let replaced = try DatasetFixture.open(folder, usesImageNetStatistics: true).statistics
    for (key, feature) in own {
      for (name, tensor) in feature {
        let isReplaced = key.hasPrefix("observation.image") && ["mean", "std"].contains(name)
        #expect((replaced[key]?[name] == tensor) != isReplaced, "\(key) \(name)")
      }
    }
    #expect(
      replaced["observation.image"]?["mean"]
        == HostTensor([0.485, 0.456, 0.406] as [Float], shape: [3, 1, 1]))
  }

  @Test func featuresBecomePolicyFeatures() throws {
    let features = try DatasetFixture.open(DatasetFixture.layout("v30")).policyFeatures
    #expect(
      features.map { "\($0.key) \($0.value.type) \($0.value.shape)" } == [
        "observation.images.top visual [3, 64, 80]", "observation.state state [3]",
        "observation.image visual [3, 16, 24]",
        "observation.environment_state environment [2]", "action action [2]",
        "action.matrix action [2, 3]",
      ])
  }

  @Test func datasetsAreLookedForWhereLeRobotKeepsThem() {
    func home(_ variables: [String: String]) -> String { CacheFolders(variables).datasets }
    #expect(home(["HF_LEROBOT_HOME": "/a", "HF_HOME": "/b"]) == "/a")
    #expect(home(["HF_HOME": "~/b", "HOME": "/h"]) == "/h/b/lerobot")
    #expect(home(["HF_HOME": "$DATA/${WHO}/b", "DATA": "/d", "WHO": "me"]) == "/d/me/b/lerobot")
    #expect(home(["XDG_CACHE_HOME": "/c"]) == "/c/huggingface/lerobot")
    #expect(home(["HOME": "/h"]) == "/h/.cache/huggingface/lerobot")
  }

  /// Where LeRobot 0.5 and later, and `hf download`, put datasets.
  @Test(arguments: ["lerobot/hub", "hub"], ["v3.0", "main"])
  func copiesOfOthersAreFoundAndOnlyRead(cache: String, revision: String) throws {
    let folder = try TemporaryFolder()
    let commit = String(repeating: "d", count: 40)
    let copy = folder.file("\(cache)/datasets--lab--small")
    _ = try folder.write("\(commit)\n".utf8, to: "\(cache)/datasets--lab--small/refs/\(revision)")
    try FileSystem.createDirectory("\(copy)/snapshots")
    try FileManager.default.copyItem(
      atPath: DatasetFixture.layout("v30"), toPath: "\(copy)/snapshots/\(commit)")
    var config = DatasetConfig(repositoryID: "lab/small")
    let environment = ["HF_HOME": folder.path]
    func location() -> DatasetLocation { DatasetLocation(config, environment: environment) }
    #expect(location().folder == "\(copy)/snapshots/\(commit)")
    #expect(location().ownFolder == folder.file("lerobot/lab/small"))
    #expect(try LeRobotDataset.open(config, environment: environment).frameCount == 21)
    // A revision that is not there is not taken for another one.
    config.revision = "v9"
    #expect(location().folder == folder.file("lerobot/lab/small"))
    config.revision = nil
    try FileSystem.createDirectory(folder.file("lerobot/lab/small"))
    #expect(location().folder == folder.file("lerobot/lab/small"))
  }

  @Test func rootlessDatasetsAreFoundByName() throws {
    let folder = try TemporaryFolder()
    _ = try DatasetFixture.copy("v30", into: folder)
    let config = DatasetConfig(repositoryID: "v30")
    let dataset = try LeRobotDataset.open(config, environment: ["HF_LEROBOT_HOME": folder.path])
    #expect(dataset.frameCount == 21)
  }
}

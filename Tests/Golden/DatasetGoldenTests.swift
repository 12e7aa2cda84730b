import Foundation
import LeRobotCore
import LeRobotData
import OrderedCollections
import Support
import Testing

/// Items and statistics as LeRobot reads them, from every layout on disk.
struct DatasetGoldenTests {
  /// What LeRobot read: `Fixtures/generate/layouts.py`.
  struct Reading: Decodable, Sendable, CustomStringConvertible {
    struct Camera: Decodable, Sendable {
      let shape: [Int]
      let digests: [String]
    }
    let name: String
    let episodes: [Int]?
    let keys: [String]
    let cameras: [String: Camera]
    let tasks: [String]
    var description: String { name }

    var deltas: DeltaIndices {
      switch name {
      case "chunks": DeltaIndices(action: Array(0..<5))
      case "history": DeltaIndices(observation: [-1, 0], action: Array(-1..<7), reward: [0, 1, 2])
      case "present": DeltaIndices(observation: [0])
      case "first_two": DeltaIndices(action: Array(-2..<3))
      default: DeltaIndices()
      }
    }
  }

  static func readings() throws -> [Reading] {
    let url = RepositoryFiles.fixtures.appending(path: "layouts/items.json")
    return try JSONDecoder().decode([Reading].self, from: Data(contentsOf: url))
  }

  @Test(arguments: try readings(), ["v30", "v21", "v20"])
  func batchesMatchLeRobot(_ reading: Reading, _ version: String) throws {
    let golden = try SafetensorsFile(
      path: RepositoryFiles.fixtures.appending(path: "layouts/items.safetensors").path)
    let dataset = try DatasetFixture.open(
      DatasetFixture.layout(version), episodes: reading.episodes, deltas: reading.deltas)
    #expect(dataset.frameCount == reading.tasks.count)
    let batch = try dataset.makeReader().batch(Array(0..<dataset.frameCount))
    #expect(Array(batch.tensors.keys) == reading.keys)
    #expect(batch.tasks == reading.tasks)
    for (key, tensor) in batch.tensors {
      if let camera = reading.cameras[key] {
        #expect(tensor.shape == camera.shape, "\(key)")
        #expect(digests(tensor) == camera.digests, "\(key)")
      } else {
        #expect(try tensor == golden.tensor("\(reading.name)/\(key)"), "\(key)")
      }
    }
  }

  /// SHA-256 of each sample's bytes.
  private func digests(_ pictures: HostTensor) -> [String] {
    guard let bytes = pictures.values(of: UInt8.self) else { return [] }
    let size = pictures.shape.dropFirst().reduce(1, *)
    return bytes.withUnsafeBytes { bytes in
      stride(from: 0, to: bytes.count, by: size).map { start in
        sha256(UnsafeRawBufferPointer(rebasing: bytes[start..<start + size]))
      }
    }
  }

  /// v3.0 and v2.0 keep what LeRobot wrote; v2.1's episodes are made one as by its converter.
  @Test(arguments: [
    ("v30", "v30/meta/stats.json"), ("v21", "statistics.json"), ("v20", "v30/meta/stats.json"),
  ])
  func statisticsMatchLeRobot(_ version: String, _ file: String) throws {
    let url = RepositoryFiles.fixtures.appending(path: "layouts/\(file)")
    let golden = try #require(JSONValue(parsing: Data(contentsOf: url)).objectValue)
    let dataset = try DatasetFixture.open(DatasetFixture.layout(version))
    #expect(Set(dataset.statistics.keys) == Set(golden.keys))
    for (key, feature) in dataset.statistics {
      #expect(Set(feature.keys) == Set(golden[key]?.objectValue?.keys ?? []), "\(key)")
      for (name, actual) in feature {
        let expected = try #require(HostTensor(nested: golden[key]?[name] ?? .null))
        #expect(actual.shape == expected.shape && actual.scalarType == expected.scalarType)
        for (a, b) in zip(actual.doubles, expected.doubles) {
          #expect(abs(a - b) <= 1e-14 * abs(b), "\(key) \(name)")
        }
      }
    }
  }
}

/// The real dataset of `../shared`, where it is.
@Suite(.enabled(if: RepositoryFiles.hasShared("data/g1_bottle"), "needs ../shared/data"))
struct RealDatasetGoldenTests {
  static func open(_ name: String, backend: VideoBackend = .torchcodec) throws -> LeRobotDataset {
    try DatasetFixture.open(
      RepositoryFiles.shared.appending(path: "data/\(name)").path,
      deltas: DeltaIndices(action: Array(0..<20)), backend: backend)
  }

  @Test func versionsOfTheSameDataGiveIdenticalBatches() throws {
    let (new, old) = (try Self.open("g1_bottle"), try Self.open("g1_bottle_v21"))
    #expect(new.episodeRanges == old.episodeRanges)
    #expect(new.policyFeatures == old.policyFeatures)
    #expect(new.statistics["action"] == old.statistics["action"])
    let indices = [0, 210, 220, 221, 764, 1044]
    let (ours, theirs) = (
      try new.makeReader().batch(indices), try old.makeReader().batch(indices)
    )
    #expect(ours.tensors.keys == theirs.tensors.keys)
    for (key, tensor) in ours.tensors { #expect(tensor == theirs[key], "\(key)") }
    #expect(ours.tasks == theirs.tasks)
  }

  /// Fixtures/generate/real_frames.py; all 1045 frames.
  @Test(arguments: VideoBackend.allCases)
  func everyFrameIsLeRobots(_ backend: VideoBackend) throws {
    let url = RepositoryFiles.fixtures.appending(path: "real/g1_bottle.json")
    let golden = try JSONDecoder().decode([String: [String]].self, from: Data(contentsOf: url))
    let digests = try #require(golden[backend.rawValue])
    let dataset = try Self.open("g1_bottle", backend: backend)
    let reader = dataset.makeReader()
    try #require(digests.count == dataset.frameCount)
    for frame in VideoGoldenTests.shuffled(digests.count).prefix(digests.count) {
      guard
        let bytes = try reader.item(frame)["observation.images.cam_high"]?.values(of: UInt8.self)
      else { throw CocoaError(.fileReadCorruptFile) }
      let digest = bytes.withUnsafeBytes { sha256($0) }
      #expect(digest.hasPrefix(digests[frame]), "frame \(frame)")
    }
  }
}

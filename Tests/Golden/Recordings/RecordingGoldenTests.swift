import Foundation
import LeRobotCore
import LeRobotData
import Support
import Testing

/// Raw ALOHA recordings beside the same episodes written by LeRobot's own dataset API.
struct RecordingGoldenTests {
  @Test(arguments: ["pixels", "compressed"], [false, true])
  func batchesMatchLeRobotsDataset(_ kind: String, _ hasDeltas: Bool) throws {
    let deltas =
      hasDeltas ? DeltaIndices(observation: [-1, 0], action: Array(0..<5)) : DeltaIndices()
    let fixture = try RecordingFixture(kind)
    let raw = try RecordingFixture.open(fixture.path, deltas: deltas)
    let written = try RecordingFixture.open(
      RecordingFixture.stored("\(kind)_lerobot"), deltas: deltas)
    #expect(raw.frameCount == written.frameCount && raw.episodeRanges == written.episodeRanges)
    #expect(raw.fps == written.fps)
    #expect(raw.policyFeatures == written.policyFeatures)
    #expect(Array(raw.features.keys) == Array(written.features.keys))
    let indices = Array(0..<raw.frameCount).reversed() + [0, 7]
    let (ours, theirs) = (
      try raw.makeReader().batch(indices), try written.makeReader().batch(indices)
    )
    #expect(Array(ours.tensors.keys) == Array(theirs.tensors.keys))
    #expect(ours.tasks == theirs.tasks)
    for (key, tensor) in theirs.tensors {
      #expect(ours[key] == tensor, "\(key)")
    }
  }

  @Test(arguments: ["pixels", "compressed"])
  func selectedEpisodesMatchLeRobotsDataset(_ kind: String) throws {
    let fixture = try RecordingFixture(kind)
    let raw = try RecordingFixture.open(fixture.path, episodes: [2, 0])
    let written = try RecordingFixture.open(
      RecordingFixture.stored("\(kind)_lerobot"), episodes: [2, 0])
    let indices = Array(0..<raw.frameCount)
    #expect(
      try raw.makeReader().batch(indices).tensors == written.makeReader().batch(indices).tensors)
  }

  @Test(arguments: ["pixels", "compressed"])
  func statisticsMatchLeRobot(_ kind: String) throws {
    let fixture = try RecordingFixture(kind)
    let raw = try RecordingFixture.open(fixture.path).statistics
    let written = try RecordingFixture.open(RecordingFixture.stored("\(kind)_lerobot")).statistics
    // LeRobot's own deviations of pictures overflow (Quirks.md, Q-DATA-9).
    let deviations = try JSONDecoder().decode(
      [String: [Double]].self,
      from: Data(
        contentsOf: URL(filePath: RecordingFixture.stored("\(kind)_deviations.json"))))
    #expect(Set(raw.keys) == Set(written.keys))
    for (key, feature) in written {
      #expect(Set(raw[key]?.keys ?? []) == Set(feature.keys), "\(key)")
      for (name, expected) in feature {
        let found = try #require(raw[key]?[name])
        #expect(found.shape == expected.shape, "\(key) \(name)")
        if name == "std", let truth = deviations[key] {
          // Pixels as float32 have 24 bits.
          #expect(zip(found.doubles, truth).allSatisfy { abs($0 - $1) < 1e-7 }, "\(key)")
        } else {
          #expect(found.doubles == expected.doubles, "\(key) \(name)")
        }
      }
    }
  }

  struct Episodes: Decodable {
    struct Feature: Decodable {
      let width: Int
      let isDouble: Bool?
      let values: [Double]
      let min, max, mean, std, count, q01, q10, q50, q90, q99: [Double]
    }
    struct Sample: Decodable {
      let length: Int
      let frames: [Int]
    }
    let features: [Feature]
    let sampled: [Sample]

    static func load() throws -> Episodes {
      try JSONDecoder().decode(
        Episodes.self,
        from: Data(contentsOf: URL(filePath: RecordingFixture.stored("statistics.json"))))
    }
  }

  @Test func statisticsOfEpisodesMatchLeRobotBitForBit() throws {
    for feature in try Episodes.load().features {
      let found =
        feature.isDouble == true
        ? EpisodeStatistics.ofNumbers(feature.values)
        : EpisodeStatistics.ofNumbers(feature.values.map { Float($0) }, width: feature.width)
      let expected = [
        "min": feature.min, "max": feature.max, "mean": feature.mean, "std": feature.std,
        "count": feature.count, "q01": feature.q01, "q10": feature.q10, "q50": feature.q50,
        "q90": feature.q90, "q99": feature.q99,
      ]
      for (name, values) in expected {
        #expect(
          found[name]?.doubles == values,
          "\(name) of \(feature.values.count / feature.width) by \(feature.width)")
      }
    }
  }

  @Test func sampledFramesMatchLeRobot() throws {
    for sample in try Episodes.load().sampled {
      #expect(PictureStatistics.sampledFrames(of: sample.length) == sample.frames)
    }
  }
}

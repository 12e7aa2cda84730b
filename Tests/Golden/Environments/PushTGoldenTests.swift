import Foundation
import LeRobotCore
import LeRobotData
import LeRobotEnvs
import Support
import Testing

/// PushT beside gym_pusht.
@Suite(.enabled(if: PushTRecording.canSimulate, "no Chipmunk: run Scripts/setup"))
struct PushTGoldenTests {
  @Test func statesMatchGymPushT() throws {
    let replay = try PushTReplay(try .golden("pusht_episodes"))
    #expect(replay.states == 603)
    #expect(replay.differentStates == 0, "\(replay.firstDifference)")
    #expect(replay.differentObservations == 0)
    #expect(replay.rewardError <= 1e-12)
    #expect(replay.differentSuccesses == 0)
  }

  @Test func picturesMatchGymPushT() throws {
    let replay = try PushTReplay(try .golden("pusht_pictures"))
    #expect(replay.pictures == 111)
    #expect(replay.differentPictures == [:])
  }

  /// A recording of any length, made by `Fixtures/generate/environments/pusht.py`.
  @Test(.enabled(if: recording != nil, "PUSHT_RECORDING names no file"))
  func longRecordingMatchesGymPushT() throws {
    let replay = try PushTReplay(PushTRecording(URL(filePath: Self.recording ?? "")))
    print(replay.summary)
    #expect(replay.differentStates + replay.differentObservations + replay.differentSuccesses == 0)
    #expect(replay.rewardError <= 1e-12)
    #expect(replay.differentPictures == [:])
  }

  static let recording = ProcessInfo.processInfo.environment["PUSHT_RECORDING"]

  @Test func resetsDrawWhatNumPyDraws() throws {
    let file = RepositoryFiles.fixtures.appending(path: "environments/pusht_resets.safetensors")
    let recorded = try SafetensorsFile(path: file.path)
    let states = try recorded.tensor("state").doubles
    let environment = PushTEnvironment(PushTSettings(), library: try .open())
    for (index, seed) in try recorded.tensor("seed").doubles.enumerated() {
      for later in 0..<3 {
        _ = environment.reset(seed: later == 0 ? UInt64(seed) : nil)
        let start = (index * 3 + later) * 10
        #expect(environment.fullState == Array(states[start..<(start + 10)]), "seed \(seed)")
      }
    }
  }

  /// The moment that is stored as pictures: says which pixel is wrong where a digest cannot.
  @Test(arguments: [("observation", 96), ("visualization", 384), ("screen", 512)])
  func pixelsMatchGymPushT(_ name: String, _ size: Int) throws {
    let recording = try PushTRecording.golden("pusht_pictures")
    var settings = PushTSettings()
    settings.visualizationSize = .init(width: size, height: size)
    let environment = PushTEnvironment(settings, library: try .open())
    _ = environment.reset(seed: recording.seeds[0])
    for action in try recording.rows("action").prefix(24) { _ = try environment.step(action) }
    let found = name == "observation" ? environment.observe(.pixels).images["pixels"] : nil
    let pixels = (found ?? environment.render()).pixels

    let file = RepositoryFiles.fixtures.appending(path: "environments/pusht_\(name).png")
    let expected = try ImageDecoder.decode(Array(Data(contentsOf: file)))
    try #require(expected.width == size && expected.pixels.count == pixels.count)
    let wrong = pixels.indices.filter { pixels[$0] != expected.pixels[$0] }
    let first = (wrong.first ?? 0) / 3
    #expect(wrong.isEmpty, "\(wrong.count) bytes, the first at (\(first % size), \(first / size))")
  }
}

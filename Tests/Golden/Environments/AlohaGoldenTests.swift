import Foundation
import LeRobotCore
import LeRobotData
import LeRobotEnvs
import Support
import Testing

/// ALOHA beside gym_aloha.
@Suite(.enabled(if: AlohaRecording.canSimulate, "no MuJoCo: run Scripts/setup"))
struct AlohaGoldenTests {
  @Test(arguments: AlohaTask.allCases)
  func statesAndRewardsMatchGymAloha(task: AlohaTask) throws {
    let replay = try AlohaReplay(.golden(task), drawing: false)
    #expect(replay.states == 153 && replay.steps == 1200)
    #expect(replay.differentStates == 0, "\(replay.firstDifference)")
    #expect(replay.differentObservations == 0)
    #expect(replay.differentRewards == 0)
    #expect(replay.differentSuccesses == 0)
    #expect(replay.rewards.keys.sorted() == [0, 1, 2, 3, 4], "the goldens reach every reward")
  }

  @Test(
    .enabled(if: AlohaRecording.drawsAlike, "another OpenGL than the goldens'"),
    arguments: AlohaTask.allCases)
  func picturesMatchGymAloha(task: AlohaTask) throws {
    let replay = try AlohaReplay(.golden(task), drawing: true)
    #expect(replay.pictures == 9)
    #expect(replay.differentPictures == 0)
  }

  /// Recordings of any length, made by `Fixtures/generate/environments/aloha.py`.
  @Test(
    .enabled(if: recordings != nil, "ALOHA_RECORDINGS names no folder"),
    arguments: AlohaTask.allCases)
  func longRecordingsMatchGymAloha(task: AlohaTask) throws {
    let url = URL(filePath: "\(Self.recordings ?? "")/\(AlohaRecording.name(task)).safetensors")
    let recording = try AlohaRecording(url, task: task)
    let isAlike = AlohaRecording.graphicsHere == recording.graphics
    let replay = try AlohaReplay(recording, drawing: isAlike)
    print("\(task.rawValue), \(isAlike ? recording.graphics : "another OpenGL"): \(replay.summary)")
    #expect(replay.differentStates == 0, "\(replay.firstDifference)")
    #expect(replay.differentObservations + replay.differentRewards + replay.differentSuccesses == 0)
    #expect(replay.differentPictures == 0)
  }

  static let recordings = ProcessInfo.processInfo.environment["ALOHA_RECORDINGS"]

  @Test(arguments: AlohaTask.allCases)
  func resetsDrawWhatNumPyDraws(task: AlohaTask) throws {
    let file = RepositoryFiles.fixtures.appending(path: "environments/aloha_resets.safetensors")
    let recorded = try SafetensorsFile(path: file.path)
    let states = try recorded.tensor(AlohaRecording.name(task))
    let environment = try AlohaRecording.environment { $0.task = task }
    let (values, width) = (states.doubles, states.shape[1])
    for (index, seed) in try recorded.tensor("seed").doubles.enumerated() {
      _ = try environment.reset(seed: UInt64(seed))
      let expected = Array(values[index * width..<(index + 1) * width])
      #expect(environment.fullState.positions == expected, "seed \(seed)")
    }
  }

  /// Two cameras as pictures: equal where the goldens' OpenGL draws, close where another one does.
  @Test(
    .enabled(if: AlohaRecording.graphicsHere != nil, "no OpenGL"),
    arguments: [("top", "top"), ("vis", "front_close")])
  func pixelsMatchGymAloha(_ name: String, _ camera: String) throws {
    let recording = try AlohaRecording.golden(.insertion)
    let environment = try AlohaRecording.environment { $0.cameras = ["pixels/x": camera] }
    _ = try environment.reset(seed: recording.seeds[0])
    for action in try recording.rows("action", episode: 0).prefix(300) {
      _ = try environment.step(action)
    }
    let found = try #require(try environment.observe(.pixels).images["pixels/x"]?.pixels)

    let file = RepositoryFiles.fixtures.appending(path: "environments/aloha_\(name).png")
    let expected = try ImageDecoder.decode(Array(Data(contentsOf: file)))
    let differences = zip(found, expected.pixels).map { abs(Int($0) - Int($1)) }
    try #require(differences.count == 480 * 640 * 3)
    if AlohaRecording.drawsAlike {
      #expect(differences.max() == 0)
    } else {
      let mean = Double(differences.reduce(0, +)) / Double(differences.count)
      #expect(mean < 1.5, "\(AlohaRecording.graphicsHere ?? "") draws another scene")
    }
  }
}

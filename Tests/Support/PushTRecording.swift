import Foundation
import LeRobotCore
import LeRobotEnvs

/// Episodes of gym_pusht as `Fixtures/generate/environments/pusht.py` recorded them, one after
/// another in one environment.
package struct PushTRecording {
  package let seeds: [UInt64]
  /// Actions of an episode.
  package let steps: Int
  private let file: SafetensorsFile

  package init(_ url: URL) throws {
    file = try SafetensorsFile(path: url.path)
    seeds = try file.tensor("seed").doubles.map(UInt64.init)
    steps = file.entries["action"]?.shape[1] ?? 0
  }

  /// A golden under `Fixtures/environments`.
  package static func golden(_ name: String) throws -> PushTRecording {
    try PushTRecording(
      RepositoryFiles.fixtures.appending(path: "environments/\(name).safetensors"))
  }

  /// Whether Chipmunk is there to simulate with.
  package static let canSimulate = (try? ChipmunkLibrary.open()) != nil

  package func has(_ name: String) -> Bool { file.entries[name] != nil }

  /// The rows of an array, all episodes' in turn: `steps` of an episode for what follows an action,
  /// one more for what is seen.
  package func rows(_ name: String) throws -> [[Double]] {
    let tensor = try file.tensor(name)
    let width = tensor.shape.dropFirst(2).reduce(1, *)
    let values = tensor.doubles
    return stride(from: 0, to: values.count, by: width).map { Array(values[$0..<($0 + width)]) }
  }
}

/// A recording played again: how often, and by how much, this environment answers differently.
package struct PushTReplay {
  package private(set) var states = 0
  /// Positions, velocities and angles that are not bit for bit the recorded ones.
  package private(set) var differentStates = 0
  /// The first of them, to look at.
  package private(set) var firstDifference = ""
  package private(set) var differentObservations = 0
  package private(set) var rewardError = 0.0
  package private(set) var differentSuccesses = 0
  package private(set) var pictures = 0
  /// Pictures with a wrong pixel, by what they are.
  package private(set) var differentPictures: [String: Int] = [:]

  private let arrays: [String: [[Double]]]

  /// Everything above in a line.
  package var summary: String {
    """
    \(states) states, \(differentStates) not bit-equal; \(differentObservations) observations \
    differ; reward within \(rewardError); \(differentSuccesses) successes differ; \
    \(pictures) pictures of each size, wrong ones: \(differentPictures)
    """
  }

  /// Plays every episode.
  package init(_ recording: PushTRecording) throws {
    let names = [
      "action", "reward", "success", "state", "corners", "observed", "observation",
      "visualization", "screen",
    ].filter(recording.has)
    arrays = try Dictionary(uniqueKeysWithValues: names.map { ($0, try recording.rows($0)) })
    let environment = try Self.environment(PushTSettings().visualizationSize)
    let screen = try Self.environment(.init(width: 512, height: 512))
    for (episode, seed) in recording.seeds.enumerated() {
      _ = environment.reset(seed: seed)
      _ = screen.reset(seed: seed)
      see(environment, screen, row: episode * (recording.steps + 1))
      for action in (episode * recording.steps)..<((episode + 1) * recording.steps) {
        try act(environment, row: action)
        _ = try screen.step(value("action", action))
        see(environment, screen, row: action + episode + 1)
      }
    }
  }

  private static func environment(_ size: PictureSize) throws -> PushTEnvironment {
    var settings = PushTSettings()
    settings.observation = .state
    settings.visualizationSize = size
    return PushTEnvironment(settings, library: try ChipmunkLibrary.open())
  }

  private func value(_ name: String, _ row: Int) -> [Double] { arrays[name]?[row] ?? [] }

  private mutating func act(_ environment: PushTEnvironment, row: Int) throws {
    let step = try environment.step(value("action", row))
    rewardError = max(rewardError, abs(step.reward - value("reward", row)[0]))
    if step.isSuccess != (value("success", row) == [1]) { differentSuccesses += 1 }
  }

  private mutating func see(_ environment: PushTEnvironment, _ screen: PushTEnvironment, row: Int) {
    if arrays["state"] != nil { compareState(environment, row) }
    guard arrays["screen"] != nil else { return }
    pictures += 1
    compare(environment.observe(.pixels).images["pixels"], "observation", row)
    compare(environment.render(), "visualization", row)
    compare(screen.render(), "screen", row)
  }

  private mutating func compareState(_ environment: PushTEnvironment, _ row: Int) {
    states += 1
    let (found, expected) = (environment.fullState, value("state", row))
    if found.map(\.bitPattern) != expected.map(\.bitPattern) {
      differentStates += 1
      if firstDifference.isEmpty { firstDifference = "row \(row): \(found), not \(expected)" }
    }
    if environment.observe(.environmentState).environmentState != value("corners", row)
      || environment.observe(.state).agentPosition != value("observed", row)
    {
      differentObservations += 1
    }
  }

  private mutating func compare(_ image: EnvironmentImage?, _ name: String, _ row: Int) {
    let digest = image?.pixels.withUnsafeBytes { sha256($0) } ?? ""
    if RandomFixture.bytes(digest).map(Double.init) != value(name, row) {
      differentPictures[name, default: 0] += 1
    }
  }
}

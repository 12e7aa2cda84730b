import Foundation
import LeRobotCore
import LeRobotEnvs

/// Episodes of gym_aloha as `Fixtures/generate/environments/aloha.py` recorded them.
package struct AlohaRecording {
  package let task: AlohaTask
  package let seeds: [UInt64]
  /// Actions of an episode.
  package let steps: Int
  /// Of how many moments one was recorded: states, pictures.
  package let every: (state: Int, picture: Int)
  /// OpenGL's renderer and version that drew the pictures.
  package let graphics: String
  private let file: SafetensorsFile

  package init(_ url: URL, task: AlohaTask) throws {
    self.task = task
    file = try SafetensorsFile(path: url.path)
    seeds = try file.tensor("seed").doubles.map(UInt64.init)
    steps = file.entries["action"]?.shape[1] ?? 0
    let every = try file.tensor("every").doubles.map { Int($0) }
    self.every = (every[0], every[1])
    graphics = String(
      decoding: try file.tensor("graphics").doubles.map { UInt8($0) }, as: UTF8.self)
  }

  /// A task's golden under `Fixtures/environments`.
  package static func golden(_ task: AlohaTask) throws -> AlohaRecording {
    let name = "environments/aloha_\(Self.name(task)).safetensors"
    return try AlohaRecording(RepositoryFiles.fixtures.appending(path: name), task: task)
  }

  /// gym_aloha's own name of a task.
  package static func name(_ task: AlohaTask) -> String {
    task == .insertion ? "insertion" : "transfer_cube"
  }

  /// Whether MuJoCo and the models are there.
  package static let canSimulate = (try? environment()) != nil
  /// What draws here; nil where nothing does.
  package static let graphicsHere = try? environment().rendererName()
  /// Whether pictures are drawn by what drew the goldens.
  package static let drawsAlike = graphicsHere == (try? golden(.insertion).graphics)

  package static func environment(
    _ change: (inout AlohaSettings) -> Void = { _ in }
  ) throws -> AlohaEnvironment {
    var settings = AlohaSettings()
    settings.observation = .environmentState
    change(&settings)
    return try AlohaEnvironment(settings, assets: AlohaAssets(), library: .open())
  }

  /// The rows of an array of an episode.
  package func rows(_ name: String, episode: Int) throws -> [[Double]] {
    let tensor = try file.tensor(name)
    let (count, width) = (tensor.shape[1], tensor.shape.dropFirst(2).reduce(1, *))
    let values = tensor.doubles
    return (episode * count..<(episode + 1) * count).map {
      Array(values[$0 * width..<($0 + 1) * width])
    }
  }
}

/// A recording played again: how often this environment answers differently.
package struct AlohaReplay {
  package private(set) var states = 0
  /// Positions and velocities that are not bit for bit the recorded ones.
  package private(set) var differentStates = 0
  /// The first of them, to look at.
  package private(set) var firstDifference = ""
  package private(set) var differentObservations = 0
  package private(set) var steps = 0
  package private(set) var differentRewards = 0
  package private(set) var differentSuccesses = 0
  /// How often each reward was given.
  package private(set) var rewards: [Int: Int] = [:]
  package private(set) var pictures = 0
  package private(set) var differentPictures = 0

  private let drawing: Bool

  /// Everything above in a line.
  package var summary: String {
    """
    \(states) states, \(differentStates) not bit-equal; \(differentObservations) observations \
    differ; \(steps) steps, \(differentRewards) rewards and \(differentSuccesses) successes differ; \
    rewards \(rewards.sorted { $0.key < $1.key }.map { "\($0.key): \($0.value)" }); \
    \(pictures) pictures, \(differentPictures) differ
    """
  }

  /// Plays every episode.
  package init(_ recording: AlohaRecording, drawing: Bool) throws {
    self.drawing = drawing
    let environment = try AlohaRecording.environment { $0.task = recording.task }
    for (episode, seed) in recording.seeds.enumerated() {
      try play(recording, episode, seed, in: environment)
    }
  }

  private mutating func play(
    _ recording: AlohaRecording, _ episode: Int, _ seed: UInt64, in environment: AlohaEnvironment
  ) throws {
    func rows(_ name: String) throws -> [[Double]] { try recording.rows(name, episode: episode) }
    let (actions, expected) = (try rows("action"), try rows("reward"))
    let seen = (try rows("qpos"), try rows("qvel"), try rows("agent_pos"))
    let digests = drawing ? try rows("top") : []
    _ = try environment.reset(seed: seed)
    for moment in 0...recording.steps {
      if moment > 0 {
        let step = try environment.step(actions[moment - 1])
        count(step, expected: expected[moment - 1][0])
      }
      if moment.isMultiple(of: recording.every.state) {
        let row = moment / recording.every.state
        try compare(
          environment, (seen.0[row], seen.1[row], seen.2[row]), "episode \(episode), \(moment)")
      }
      if drawing, moment.isMultiple(of: recording.every.picture) {
        pictures += 1
        let digest = try environment.render().pixels.withUnsafeBytes { sha256($0) }
        let found = RandomFixture.bytes(digest).map(Double.init)
        if found != digests[moment / recording.every.picture] { differentPictures += 1 }
      }
    }
  }

  private mutating func count(_ step: EnvironmentStep, expected: Double) {
    steps += 1
    rewards[Int(step.reward), default: 0] += 1
    if step.reward != expected { differentRewards += 1 }
    if step.isSuccess != (expected == 4) || step.terminated != step.isSuccess {
      differentSuccesses += 1
    }
  }

  private mutating func compare(
    _ environment: AlohaEnvironment, _ expected: ([Double], [Double], [Double]), _ place: String
  ) throws {
    states += 1
    let state = environment.fullState
    let found = (state.positions + state.velocities).map(\.bitPattern)
    if found != (expected.0 + expected.1).map(\.bitPattern) {
      differentStates += 1
      if firstDifference.isEmpty { firstDifference = "\(place): \(state), not \(expected)" }
    }
    let observation = try environment.observe(.environmentState)
    if observation.agentPosition != expected.2
      || observation.environmentState != Array(expected.0[16...])
    {
      differentObservations += 1
    }
  }
}

import Foundation
import LeRobotEnvs

/// Seconds of processor time that a step and a picture of ALOHA take, and of the clock for environments
/// side by side.
struct AlohaBench {
  let steps: Int

  /// The arms' way, as in Scripts/benching/peer.py.
  private static func action(_ index: Int) -> [Double] {
    let start = [0, -0.96, 1.16, 0, -0.3, 0, 0.5]
    return (start + start).enumerated().map { joint, value in
      value + 0.2 * sin(Double(index) / 20 + Double(joint))
    }
  }

  private func settings(_ kind: AlohaSettings.ObservationKind) -> AlohaSettings {
    var settings = AlohaSettings()
    settings.task = .transferCube
    settings.observation = kind
    return settings
  }

  private func environment(_ kind: AlohaSettings.ObservationKind) throws -> AlohaEnvironment {
    try AlohaEnvironment(settings(kind), assets: AlohaAssets(), library: .open())
  }

  private func stepSeconds(
    _ kind: AlohaSettings.ObservationKind, count: Int, films: Bool = false
  ) throws -> Double {
    let environment = try environment(kind)
    _ = try environment.reset(seed: 1)
    return try seconds(count) { index in
      _ = try environment.step(Self.action(index))
      if films { _ = try environment.render() }
    }
  }

  /// MuJoCo's own ten steps, from C.
  private func physicsSeconds(count: Int) throws -> Double {
    let file = "\(try AlohaAssets().folder)/bimanual_viperx_transfer_cube.xml"
    let simulation = try MuJoCoSimulation(file: file, library: .open())
    try simulation.reset { simulation in
      for (joint, value) in Self.action(0).prefix(7).enumerated() {
        simulation.positions[joint] = value
        simulation.controls[joint] = value
      }
    }
    return try seconds(count) { _ in try simulation.advance(10) }
  }

  /// Seconds of the clock for a step of each of `count` environments, each on its thread.
  private func sideBySide(
    _ kind: AlohaSettings.ObservationKind, count: Int, steps: Int
  ) throws -> Double {
    let settings = settings(kind)
    let environments = try VectorEnvironment(count: count, episodeLength: .max) {
      () throws(EnvironmentError) in
      try AlohaEnvironment(settings, assets: AlohaAssets(), library: .open())
    }
    _ = try environments.reset(seeds: (0..<UInt64(count)).map { $0 })
    let clock = ContinuousClock()
    let start = clock.now
    for index in 0..<steps {
      _ = try environments.step(Array(repeating: Self.action(index), count: count))
    }
    return Double((clock.now - start) / .microseconds(1)) / 1e6 / Double(steps * count)
  }

  func results() throws -> [String: Double] {
    [
      "ALOHA, ten steps of MuJoCo alone": try physicsSeconds(count: 10 * steps),
      "ALOHA, step": try stepSeconds(.environmentState, count: 10 * steps),
      "ALOHA, step, picture": try stepSeconds(.pixelsAndAgentPosition, count: steps),
      "ALOHA, step, picture, video": try stepSeconds(
        .pixelsAndAgentPosition, count: steps, films: true),
    ]
  }

  func resultsSideBySide() throws -> [String: Double] {
    [
      "ALOHA, step, 1 environment": try sideBySide(.environmentState, count: 1, steps: 5 * steps),
      "ALOHA, step, 10 environments": try sideBySide(.environmentState, count: 10, steps: steps),
      "ALOHA, step, picture, 1 environment": try sideBySide(
        .pixelsAndAgentPosition, count: 1, steps: steps),
      "ALOHA, step, picture, 10 environments": try sideBySide(
        .pixelsAndAgentPosition, count: 10, steps: max(1, steps / 10)),
    ]
  }
}

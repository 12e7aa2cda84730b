import Foundation
import LeRobotEnvs

/// Seconds of processor time that a step, a picture and a reset of PushT take.
struct PushTBench {
  let steps: Int

  private func environment(_ kind: PushTSettings.ObservationKind) throws -> PushTEnvironment {
    var settings = PushTSettings()
    settings.observation = kind
    return PushTEnvironment(settings, library: try .open())
  }

  /// The agent's way through the field, as in Scripts/benching/peer.py.
  private func action(_ index: Int) -> [Double] {
    [250 + 100 * sin(Double(index) / 20), 250 + 120 * cos(Double(index) / 31)]
  }

  private func stepSeconds(
    _ kind: PushTSettings.ObservationKind, count: Int, renders: Bool = false
  ) throws -> Double {
    let environment = try environment(kind)
    _ = environment.reset(seed: 1)
    return try seconds(count) { index in
      if index % 300 == 299 { _ = environment.reset(seed: nil) }
      _ = try environment.step(action(index))
      if renders { _ = environment.render() }
    }
  }

  func results() throws -> [String: Double] {
    let corners = try environment(.environmentState)
    return [
      "step": try stepSeconds(.environmentState, count: 20 * steps),
      "step, 96x96 pixels": try stepSeconds(.pixelsAndAgentPosition, count: steps),
      "step, 96x96 pixels, 384x384 video": try stepSeconds(
        .pixelsAndAgentPosition, count: steps, renders: true),
      "reset": seconds(steps) { _ = corners.reset(seed: UInt64($0)) },
    ]
  }
}

import LeRobotCore

/// PushT's options (LeRobot `envs/configs.py`, `PushtEnv`, and the arguments of gym_pusht's
/// `PushTEnv`).
package struct PushTSettings: Sendable, Equatable {
  /// What an observation holds (gym_pusht's `obs_type`).
  package enum ObservationKind: String, CaseIterable, Sendable {
    /// The image alone.
    case pixels
    /// The image and the agent's position.
    case pixelsAndAgentPosition = "pixels_agent_pos"
    /// The block's eight corners and the agent's position.
    case environmentState = "environment_state_agent_pos"
    /// Agent x, y, block x, y and angle, as one agent position of five numbers.
    case state
  }

  package var observation = ObservationKind.pixelsAndAgentPosition
  package var observationSize = PictureSize(width: 96, height: 96)
  package var visualizationSize = PictureSize(width: 384, height: 384)

  package init() {}

  /// - Throws: `EnvironmentError.unknownOption`.
  package init(_ config: EnvironmentConfig) throws(EnvironmentError) {
    let kinds = ObservationKind.allCases.map(\.rawValue)
    let kind = try config.choice("obs_type", unsaid: observation.rawValue, among: kinds)
    observation = ObservationKind(rawValue: kind) ?? observation
    _ = try config.choice("task", unsaid: "PushT-v0", among: ["PushT-v0"])
    _ = try config.choice("render_mode", unsaid: "rgb_array", among: ["rgb_array"])
    visualizationSize = try Self.size(config, "visualization") ?? visualizationSize
    observationSize = try Self.size(config, "observation") ?? observationSize
  }

  /// What LeRobot's configuration says for both images unless told otherwise. It never reaches
  /// gym_pusht's observations, which are 96 by 96 and have such policies (Q-PUSHT-1).
  private static let unsaid = PictureSize(width: 384, height: 384)

  private static func size(
    _ config: EnvironmentConfig, _ name: String
  ) throws(EnvironmentError) -> PictureSize? {
    let size = try config.size(name, unsaid: unsaid)
    return size == unsaid ? nil : size
  }
}

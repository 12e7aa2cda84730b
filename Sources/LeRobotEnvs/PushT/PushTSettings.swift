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

  /// Width and height in pixels.
  package struct ImageSize: Sendable, Equatable {
    package var width: Int
    package var height: Int

    package init(width: Int, height: Int) {
      self.width = width
      self.height = height
    }
  }

  package var observation = ObservationKind.pixelsAndAgentPosition
  package var observationSize = ImageSize(width: 96, height: 96)
  package var visualizationSize = ImageSize(width: 384, height: 384)

  package init() {}

  /// - Throws: `EnvironmentError.unknownOption`.
  package init(_ config: EnvironmentConfig) throws(EnvironmentError) {
    let kinds = ObservationKind.allCases.map(\.rawValue)
    let kind = try Self.choice(config, "obs_type", observation.rawValue, among: kinds)
    observation = ObservationKind(rawValue: kind) ?? observation
    _ = try Self.choice(config, "task", "PushT-v0", among: ["PushT-v0"])
    _ = try Self.choice(config, "render_mode", "rgb_array", among: ["rgb_array"])
    visualizationSize = try Self.size(config, "visualization") ?? visualizationSize
    observationSize = try Self.size(config, "observation") ?? observationSize
  }

  private static func choice(
    _ config: EnvironmentConfig, _ key: String, _ unsaid: String, among known: [String]
  ) throws(EnvironmentError) -> String {
    let value = config.fields[key]?.stringValue ?? unsaid
    guard known.contains(value) else {
      throw .unknownOption(key: key, value: value, known: known)
    }
    return value
  }

  /// What LeRobot's configuration says for both images unless told otherwise. It never reaches
  /// gym_pusht's observations, which are 96 by 96 and have such policies (Q-PUSHT-1).
  private static let unsaid = 384

  private static func size(
    _ config: EnvironmentConfig, _ name: String
  ) throws(EnvironmentError) -> ImageSize? {
    var size = ImageSize(width: unsaid, height: unsaid)
    for (key, path) in [("width", \ImageSize.width), ("height", \ImageSize.height)] {
      let value = config.fields["\(name)_\(key)"]?.intValue ?? unsaid
      guard 1...4096 ~= value else {
        throw .unknownOption(key: "\(name)_\(key)", value: "\(value)", known: ["1 to 4096 pixels"])
      }
      size[keyPath: path] = value
    }
    return size == ImageSize(width: unsaid, height: unsaid) ? nil : size
  }
}

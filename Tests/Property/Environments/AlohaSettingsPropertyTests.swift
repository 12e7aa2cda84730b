import LeRobotCore
import LeRobotEnvs
import OrderedCollections
import Testing

/// ALOHA's options.
struct AlohaSettingsPropertyTests {
  private func settings(
    _ fields: (String, JSONValue)...
  ) throws(EnvironmentError) -> AlohaSettings {
    try AlohaSettings(
      EnvironmentConfig(type: "aloha", fields: .init(uniqueKeysWithValues: fields)))
  }

  @Test func optionsAreRead() throws {
    #expect(try settings() == AlohaSettings())
    let read = try settings(
      ("task", "AlohaTransferCube-v0"), ("obs_type", "environment_state_agent_pos"),
      ("observation_width", 320))
    #expect(read.task == .transferCube)
    #expect(read.observation == .environmentState)
    #expect(read.observationSize == PictureSize(width: 320, height: 480))
  }

  @Test func whatLeRobotsConfigurationSaysIsTheTopCamera() throws {
    let config = try #require(
      EnvironmentConfig(
        canonical: [
          "type": "aloha", "features_map": ["top": "x", "pixels/top": "observation.images.top"],
        ]))
    #expect(try AlohaSettings(config).cameras == ["pixels/top": "top"])
    #expect(try settings(("features_map", ["agent_pos": "x"])).cameras == ["pixels/top": "top"])
  }

  @Test func camerasAreThoseOfTheMap() throws {
    let map: JSONValue = [
      "pixels/vis": "observation.images.cam_low", "pixels/angle": "observation.images.angle",
    ]
    #expect(
      try settings(("features_map", map)).cameras
        == ["pixels/cam_low": "front_close", "pixels/angle": "angle"])
  }

  private static let unknown: [(String, JSONValue)] = [
    ("obs_type", "state"), ("task", "AlohaPour-v0"), ("render_mode", "human"),
    ("observation_width", 0), ("observation_height", 5000),
    ("features_map", ["pixels/back": "observation.images.back"]),
    ("features_map", ["pixels/top": "observation.image"]),
  ]

  @Test(arguments: unknown)
  func unknownValueIsAnError(_ key: String, _ value: JSONValue) {
    #expect {
      try settings((key, value))
    } throws: { error in
      guard case .unknownOption(let found, _, let known)? = error as? EnvironmentError else {
        return false
      }
      return found == key && !known.isEmpty
    }
  }
}

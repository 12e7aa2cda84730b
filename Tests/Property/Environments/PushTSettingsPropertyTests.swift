import LeRobotCore
import LeRobotEnvs
import Testing

/// PushT's options.
struct PushTSettingsPropertyTests {
  private func settings(
    _ fields: (String, JSONValue)...
  ) throws(EnvironmentError) -> PushTSettings {
    try PushTSettings(
      EnvironmentConfig(type: "pusht", fields: .init(uniqueKeysWithValues: fields)))
  }

  @Test func optionsAreRead() throws {
    #expect(try settings() == PushTSettings())
    let read = try settings(
      ("obs_type", "state"), ("observation_width", 128), ("visualization_height", 200))
    #expect(read.observation == .state)
    #expect(read.observationSize == .init(width: 128, height: 384))
    #expect(read.visualizationSize == .init(width: 384, height: 200))
  }

  @Test func observationsAre96By96UnlessTheConfigurationDiffersFromLeRobots() throws {
    let read = try settings(("observation_width", 384), ("observation_height", 384))
    #expect(read.observationSize == .init(width: 96, height: 96))
  }

  @Test(arguments: [
    ("obs_type", JSONValue.string("touch")), ("task", "PushT-v1"), ("render_mode", "human"),
    ("observation_width", 0), ("visualization_height", 5000),
  ])
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

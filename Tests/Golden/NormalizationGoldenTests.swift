import LeRobotCore
import Support
import Testing

/// Nothing is left unnormalised without a word (Quirks.md, Q-CONFIG-15).
@Suite struct NormalizationGoldenTests {
  private static func error(_ mapping: String) -> String? {
    ConfigErrorGoldenTests.error(
      ConfigErrorGoldenTests.base + ["--policy.normalization_mapping=\(mapping)"]
    )?.issues.last?.description
  }

  @Test(arguments: [
    (
      #"{"observation.state": "MIN_MAX"}"#,
      "no feature type is called observation.state; give STATE"
    ),
    (
      "{state: MIN_MAX, action: MEAN_STD}",
      "no feature type is called state, action; did you mean STATE, ACTION? (one of STATE, VISUAL"
    ),
  ])
  func aKeyThatNamesNoFeatureTypeIsAnError(mapping: String, message: String) {
    let error = Self.error(mapping) ?? "taken"
    #expect(
      error.contains(message) && error.hasSuffix("LANGUAGE)") == error.contains("mean"), "\(error)")
    for type in FeatureType.allCases { #expect(error.contains(type.rawValue), "\(error)") }
  }

  @Test func everyFeatureTypeIsAKey() {
    let all = FeatureType.allCases.map { "\($0.rawValue): IDENTITY" }.joined(separator: ", ")
    #expect(Self.error("{\(all)}") == nil)
  }

  private static func policy(_ modes: [String: NormalizationMode]) -> ACTConfig {
    var policy = ACTConfig()
    policy.common.inputFeatures = [
      "observation.state": PolicyFeature(type: .state, shape: [2]),
      "observation.image": PolicyFeature(type: .visual, shape: [3, 8, 8]),
    ]
    policy.common.outputFeatures = ["action": PolicyFeature(type: .action, shape: [2])]
    policy.normalization = [:]
    for (type, mode) in modes { policy.normalization[type] = mode }
    return policy
  }

  @Test func featuresOfATypeThatIsLeftOutAreNamed() {
    let text = Self.policy(["STATE": .minMax]).unnormalizedFeatures
    #expect(
      text
        == "policy.normalization_mapping leaves out ACTION, VISUAL: observation.image, action are "
        + "not normalised; give a mode for every type, IDENTITY where that is meant")
  }

  @Test func aMappingOfEveryTypeLeavesNothingOut() {
    let whole = Self.policy(["STATE": .minMax, "VISUAL": .identity, "ACTION": .meanStd])
    #expect(whole.unnormalizedFeatures == nil)
  }

  /// LeRobot leaves `ENV` out of ACT's mapping.
  @Test func aRunSaysWhatItDoesNotNormalise() throws {
    let run = try TinyRun()
    let done = try run.train(["--steps=1", "--dry_run"])
    #expect(done.status == 0)
    #expect(
      done.output.contains(
        "leaves out ENV: observation.environment_state is not normalised"), "\(done.output)")
  }
}

import LeRobotCore
import Testing

@Suite struct TDMPCFeaturesPropertyTests {
  /// A TD-MPC with a camera, a state and an action.
  private func config(_ change: (inout TDMPCConfig) -> Void = { _ in }) -> TDMPCConfig {
    var config = TDMPCConfig()
    config.common.inputFeatures = [
      "observation.state": PolicyFeature(type: .state, shape: [3]),
      "observation.image": PolicyFeature(type: .visual, shape: [3, 96, 96]),
    ]
    config.common.outputFeatures = ["action": PolicyFeature(type: .action, shape: [2])]
    change(&config)
    return config
  }

  @Test func widthsComeFromTheFeatures() throws {
    let features = try TDMPCFeatures(config())
    #expect(features.stateWidth == 3 && features.environmentWidth == nil)
    #expect(features.camera?.key == "observation.image" && features.actionWidth == 2)
    #expect(features.pictureFeatureCount(channels: 32) == 32 * 16)
    #expect(features.observationKeys == ["observation.image", "observation.state"])
  }

  /// Rounded as Python rounds: half to even.
  @Test(arguments: [
    (96, 0.0476, 5), (84, 0.0476, 4), (40, 0.0625, 2), (56, 0.0625, 4), (39, 0.01, 0),
  ])
  func theShiftIsAPartOfThePicture(side: Int, ratio: Double, shift: Int) throws {
    let features = try TDMPCFeatures(
      config {
        $0.common.inputFeatures["observation.image"]?.shape = [3, side, side]
        $0.maximumShiftRatio = ratio
      })
    #expect(features.shift == shift && features.seesShift)
    #expect(try TDMPCFeatures(config { $0.maximumShiftRatio = 0 }).shift == nil)
  }

  @Test func aCameraThatLeRobotDoesNotShiftIsNamed() throws {
    let other = config {
      $0.common.inputFeatures["observation.images.top"] =
        $0.common.inputFeatures.removeValue(forKey: "observation.image")
    }
    #expect(try !TDMPCFeatures(other).seesShift)
    #expect(
      other.featureWarning?.contains("\"observation.images.top\": \"observation.image\"") == true)
    #expect(config().featureWarning == nil)
  }

  /// The error of a changed configuration.
  private func error(_ change: (inout TDMPCConfig) -> Void) -> PolicyConfigError? {
    do throws(PolicyConfigError) {
      _ = try TDMPCFeatures(config(change))
      return nil
    } catch {
      #expect(error.description.hasPrefix("policy.") && !error.description.contains("\n"))
      return error
    }
  }

  @Test func featuresThatAreMissingAreNamed() {
    #expect(error { $0.common.inputFeatures["observation.state"] = nil } == .noRobotState("tdmpc"))
    #expect(error { $0.common.outputFeatures = [:] } == .noAction)
    #expect(
      error { $0.common.inputFeatures["observation.image"] = nil }
        == .noCameraOrEnvironmentState("tdmpc"))
  }

  @Test(arguments: [[3, 38, 38], [3, 96, 95], [96, 96], [0, 96, 96]])
  func picturesThatTheEncoderCannotTakeAreRefused(shape: [Int]) {
    #expect(
      error { $0.common.inputFeatures["observation.image"]?.shape = shape }
        == .unusablePictures(shape))
  }

  @Test func thirtyNinePixelsAreEnough() throws {
    let features = try TDMPCFeatures(
      config { $0.common.inputFeatures["observation.image"]?.shape = [1, 39, 39] })
    #expect(features.pictureFeatureCount(channels: 5) == 5)
  }

  @Test func whatThePlannerCannotDoIsRefused() {
    #expect(
      error { $0.eliteCount = 564 } == .moreElitesThanCandidates(564, candidates: 512 + 51))
    #expect(error { $0.planningIterationCount = 0 } == .tooSmall("cem_iterations", 0))
    #expect(error { $0.policySampleCount = -1 } == .tooSmall("n_pi_samples", -1, least: 0))
    #expect(error { $0.minimumDeviation = 3 } == .emptyDeviationRange(3, 2))
    #expect(error { $0.ensembleSize = 1 } == .uncertaintyOfOne)
    #expect(
      error {
        $0.ensembleSize = 1
        $0.uncertaintyCoefficient = 0
      } == nil)
    // A policy that does not plan needs none of it.
    #expect(
      error {
        $0.eliteCount = 564
        $0.ensembleSize = 1
        $0.usesPlanning = false
      } == nil)
  }

  @Test func sizesThatAreNoneAreRefused() {
    #expect(error { $0.horizon = 0 } == .tooSmall("horizon", 0))
    #expect(error { $0.latentWidth = 0 } == .tooSmall("latent_dim", 0))
    #expect(error { $0.mlpWidth = -1 } == .tooSmall("mlp_dim", -1))
    #expect(error { $0.stateEncoderWidth = 0 } == .tooSmall("state_encoder_hidden_dim", 0))
    #expect(error { $0.imageEncoderWidth = 0 } == .tooSmall("image_encoder_hidden_dim", 0))
    #expect(error { $0.ensembleSize = 0 } == .tooSmall("q_ensemble_size", 0))
    #expect(error { $0.actionStepCount = 0 } == .tooSmall("n_action_steps", 0))
  }

  @Test(arguments: [.infinity, 1e300])
  func shiftsBeyondThePictureAreRefused(ratio: Double) {
    #expect(error { $0.maximumShiftRatio = ratio } == .unusableShift(ratio))
  }
}

import LeRobotCore
import Testing

@Suite struct DiffusionFeaturesPropertyTests {
  /// A Diffusion Policy with a camera, a state and an action.
  private func config(_ change: (inout DiffusionConfig) -> Void = { _ in }) -> DiffusionConfig {
    var config = DiffusionConfig()
    config.common.inputFeatures = [
      "observation.state": PolicyFeature(type: .state, shape: [3]),
      "observation.images.top": PolicyFeature(type: .visual, shape: [3, 96, 100]),
    ]
    config.common.outputFeatures = ["action": PolicyFeature(type: .action, shape: [2])]
    change(&config)
    return config
  }

  @Test func widthsComeFromTheFeatures() throws {
    let features = try DiffusionFeatures(config())
    #expect(features.stateWidth == 3 && features.environmentWidth == nil)
    #expect(features.cameraKeys == ["observation.images.top"] && features.actionWidth == 2)
    #expect(features.pictureSize == ImageSize(height: 84, width: 84))
    #expect(features.inferenceStepCount == 100)
    // Two steps of a state and of 32 points.
    #expect(features.conditionWidth(config()) == 2 * (3 + 64))
  }

  @Test func withoutACropPicturesKeepTheirSize() throws {
    let features = try DiffusionFeatures(config { $0.cropShape = nil })
    #expect(features.pictureSize == ImageSize(height: 96, width: 100))
  }

  @Test func theEnvironmentsStateTakesThePlaceOfPictures() throws {
    let config = config {
      $0.common.inputFeatures["observation.images.top"] = nil
      $0.common.inputFeatures["observation.environment_state"] = PolicyFeature(
        type: .environment, shape: [5])
    }
    let features = try DiffusionFeatures(config)
    #expect(features.pictureSize == nil && features.environmentWidth == 5)
    #expect(features.conditionWidth(config) == 2 * (3 + 5))
  }

  /// The error of a changed configuration.
  private func error(_ change: (inout DiffusionConfig) -> Void) -> PolicyConfigError? {
    do throws(PolicyConfigError) {
      _ = try DiffusionFeatures(config(change))
      return nil
    } catch {
      #expect(error.description.hasPrefix("policy.") && !error.description.contains("\n"))
      return error
    }
  }

  @Test func featuresThatAreMissingAreNamed() {
    #expect(
      error { $0.common.inputFeatures["observation.state"] = nil } == .noRobotState("diffusion"))
    #expect(error { $0.common.outputFeatures = [:] } == .noAction)
    #expect(
      error { $0.common.inputFeatures["observation.images.top"] = nil }
        == .noCameraOrEnvironmentState("diffusion"))
  }

  @Test func backbonesThatCannotWorkAreRefused() {
    #expect(error { $0.visionBackbone = "resnet19" }?.description.contains("resnet18") == true)
    #expect(
      error { $0.common.inputFeatures["observation.images.top"]?.shape = [1, 96, 96] }
        == .notColour([1, 96, 96]))
    #expect(error { $0.pretrainedBackboneWeights = "any" } == .pretrainedGroupNorm)
    #expect(
      error { $0.keypointCount = 0 } == .tooSmall("spatial_softmax_num_keypoints", 0))
    let size = ImageSize(height: 32, width: 20)
    #expect(
      error {
        $0.usesGroupNorm = false
        $0.cropShape = size
      } == .onePixel(size))
    #expect(
      error { $0.cropShape = ImageSize(height: 0, width: 9) } == .tooSmall("crop_shape", 0))
  }

  @Test(arguments: [("DDPM", "cosine"), ("DDIM", "sigmoid")])
  func aScheduleThatTheSchedulerLacksIsRefused(scheduler: String, schedule: String) {
    let error = error {
      $0.noiseScheduler = scheduler
      $0.betaSchedule = schedule
    }
    #expect(error?.description.contains("\(scheduler) knows linear") == true)
  }

  @Test(arguments: [0, 101])
  func inferenceStepsStayWithinTraining(count: Int) {
    #expect(
      error { $0.inferenceStepCount = count } == .inferenceSteps(count, trainingTimesteps: 100))
    #expect(
      error { $0.trainingTimestepCount = 0 } == .tooSmall("num_train_timesteps", 0))
  }

  @Test func uNetsThatCannotWorkAreRefused() {
    #expect(error { $0.downWidths = [] } == .tooSmall("down_dims", 0))
    #expect(error { $0.groupCount = 0 } == .tooSmall("n_groups", 0))
    #expect(error { $0.downWidths = [16, 20] } == .indivisibleWidth(20, groups: 8))
    let last = error {
      $0.groupCount = 4
      $0.downWidths = [12, 16]
    }
    #expect(last == .indivisibleWidth(12, groups: 8))
    #expect(error { $0.kernelSize = 4 } == .evenKernel(4))
    #expect(error { $0.stepEmbeddingWidth = 2 } == .unusableEmbedding(2))
    #expect(error { $0.stepEmbeddingWidth = 7 } == .unusableEmbedding(7))
  }

  @Test func aRangeWithoutSamplesIsRefused() {
    #expect(error { $0.clipRange = -1 } == .emptyClipRange(-1))
    #expect(
      error {
        $0.clipRange = -1
        $0.clipsSample = false
      } == nil)
  }

  @Test func framesBeyondAnEpisodeAreRefused() {
    #expect(
      error { $0.droppedLastFrameCount = -1 } == .tooSmall("drop_n_last_frames", -1, least: 0))
  }

  @Test func windowsWithoutPresentAreRefused() {
    #expect(error { $0.observationStepCount = 0 } == .tooSmall("n_obs_steps", 0))
    #expect(error { $0.actionStepCount = 0 } == .tooSmall("n_action_steps", 0))
    #expect(
      error {
        $0.horizon = 8
        $0.observationStepCount = 9
      } == .horizonTooShort(horizon: 8, observations: 9))
  }
}

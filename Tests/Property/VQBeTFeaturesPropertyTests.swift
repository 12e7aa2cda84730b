import LeRobotCore
import Testing

@Suite struct VQBeTFeaturesPropertyTests {
  /// A VQ-BeT with a camera, a state and an action.
  private func config(_ change: (inout VQBeTConfig) -> Void = { _ in }) -> VQBeTConfig {
    var config = VQBeTConfig()
    config.common.inputFeatures = [
      "observation.state": PolicyFeature(type: .state, shape: [3]),
      "observation.images.top": PolicyFeature(type: .visual, shape: [3, 96, 100]),
    ]
    config.common.outputFeatures = ["action": PolicyFeature(type: .action, shape: [2])]
    change(&config)
    return config
  }

  @Test func widthsComeFromTheFeatures() throws {
    let features = try VQBeTFeatures(config())
    #expect(features.stateWidth == 3 && features.actionWidth == 2)
    #expect(features.cameraKey == "observation.images.top")
    #expect(features.pictureSize == ImageSize(height: 84, width: 84))
    #expect(
      features.batchKeys == ["observation.state", "observation.images.top", "action"])
  }

  @Test func tokensAreCountedAsTheyStand() {
    let standard = config()
    #expect(standard.actionTokens == 7 && standard.tokenCount == 17)
    #expect(standard.actionPlaces == [2, 5, 8, 11, 14, 15, 16])
    let one = config {
      $0.observationStepCount = 1
      $0.actionTokenCount = 1
    }
    #expect(one.actionPlaces == [2] && one.tokenCount == 3)
  }

  /// The error of a changed configuration.
  private func error(_ change: (inout VQBeTConfig) -> Void) -> PolicyConfigError? {
    do throws(PolicyConfigError) {
      _ = try VQBeTFeatures(config(change))
      return nil
    } catch {
      #expect(error.description.hasPrefix("policy.") && !error.description.contains("\n"))
      return error
    }
  }

  @Test func featuresThatAreMissingAreNamed() {
    #expect(error { $0.common.inputFeatures["observation.state"] = nil } == .noRobotState("vqbet"))
    #expect(error { $0.common.outputFeatures = [:] } == .noAction)
    #expect(error { $0.common.inputFeatures["observation.images.top"] = nil } == .notOneCamera(0))
    let two = error {
      $0.common.inputFeatures["observation.images.side"] = PolicyFeature(
        type: .visual, shape: [3, 96, 100])
    }
    #expect(two == .notOneCamera(2))
  }

  /// Q-VQBET-3.
  @Test(arguments: ["observation.environment_state", "observation.effort"])
  func inputsWithoutATokenAreRefused(name: String) {
    let found = error {
      $0.common.inputFeatures[name] = PolicyFeature(
        type: name.hasSuffix("effort") ? .state : .environment, shape: [4])
    }
    #expect(found?.description.contains("no token for \(name)") == true)
  }

  /// Q-VQBET-4.
  @Test func sequencesThatAreTooLongAreRefused() {
    #expect(error { $0.blockSize = 16 } == .sequenceTooLong(tokens: 17, blockSize: 16))
    #expect(error { $0.blockSize = 17 } == nil)
  }

  @Test func headsThatDoNotShareTheWidthAreRefused() {
    #expect(error { $0.headCount = 7 } == .indivisibleHeads(width: 512, heads: 7))
  }

  @Test func countsBelowOneAreRefused() {
    let changes: [(String, (inout VQBeTConfig) -> Void)] = [
      ("n_obs_steps", { $0.observationStepCount = 0 }),
      ("n_action_pred_token", { $0.actionTokenCount = 0 }),
      ("action_chunk_size", { $0.actionChunkSize = 0 }), ("vqvae_n_embed", { $0.codeCount = 0 }),
      ("vqvae_embedding_dim", { $0.codeWidth = 0 }),
      ("vqvae_enc_hidden_dim", { $0.quantizerWidth = 0 }),
      ("gpt_input_dim", { $0.inputWidth = 0 }), ("gpt_output_dim", { $0.outputWidth = 0 }),
      ("gpt_hidden_dim", { $0.hiddenWidth = 0 }), ("gpt_n_layer", { $0.layerCount = 0 }),
      ("gpt_n_head", { $0.headCount = 0 }),
      ("spatial_softmax_num_keypoints", { $0.keypointCount = 0 }),
    ]
    for (key, change) in changes { #expect(error(change) == .tooSmall(key, 0), "\(key)") }
  }

  @Test func probabilitiesAndTemperaturesOutOfRangeAreRefused() {
    #expect(error { $0.dropout = 1 } == .noProbability("dropout", 1))
    #expect(error { $0.dropout = -0.1 } == .noProbability("dropout", -0.1))
    #expect(
      error { $0.samplingTemperature = 0 } == .notPositive("bet_softmax_temperature", 0))
  }

  @Test func backbonesThatCannotWorkAreRefused() {
    #expect(error { $0.pretrainedBackboneWeights = "any" } == .pretrainedGroupNorm)
    #expect(
      error { $0.common.inputFeatures["observation.images.top"]?.shape = [1, 96, 96] }
        == .notColour([1, 96, 96]))
    #expect(error { $0.visionBackbone = "resnet19" }?.description.contains("resnet18") == true)
  }
}

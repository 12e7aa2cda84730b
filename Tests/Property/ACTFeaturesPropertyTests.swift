import LeRobotCore
import Testing

@Suite struct ACTFeaturesPropertyTests {
  /// An ACT with a camera, a state and an action.
  private func config(_ change: (inout ACTConfig) -> Void = { _ in }) -> ACTConfig {
    var config = ACTConfig()
    config.common.inputFeatures = [
      "observation.state": PolicyFeature(type: .state, shape: [3]),
      "observation.images.top": PolicyFeature(type: .visual, shape: [3, 8, 8]),
    ]
    config.common.outputFeatures = ["action": PolicyFeature(type: .action, shape: [2])]
    change(&config)
    return config
  }

  @Test func widthsComeFromTheFeatures() throws {
    let features = try ACTFeatures(config())
    #expect(features.stateWidth == 3 && features.environmentWidth == nil)
    #expect(features.cameraKeys == ["observation.images.top"] && features.actionWidth == 2)
  }

  @Test func aDatasetWithoutActionIsRefused() {
    #expect(throws: PolicyConfigError.noAction) {
      try ACTFeatures(config { $0.common.outputFeatures = [:] })
    }
  }

  @Test func aPolicyThatSeesNothingIsRefused() {
    #expect(throws: PolicyConfigError.noCameraOrEnvironmentState("act")) {
      try ACTFeatures(config { $0.common.inputFeatures["observation.images.top"] = nil })
    }
  }

  @Test func anUnknownBackboneIsRefused() {
    let error = #expect(throws: PolicyConfigError.self) {
      try ACTFeatures(config { $0.visionBackbone = "resnet19" })
    }
    #expect(error?.description.hasPrefix("policy.vision_backbone: resnet19 is no ResNet") == true)
  }

  @Test func dilationNeedsBottlenecks() throws {
    #expect(throws: PolicyConfigError.undilatableBackbone("resnet34")) {
      try ACTFeatures(
        config {
          $0.visionBackbone = "resnet34"
          $0.replaceFinalStrideWithDilation = true
        })
    }
  }

  @Test(arguments: [(12, 5, 5), (10, 2, 4)])
  func aWidthThatDoesNotDivideIsRefused(width: Int, heads: Int, divisor: Int) {
    let key = divisor == 4 ? "dim_model" : "n_heads"
    #expect(throws: PolicyConfigError.indivisibleWidth(width, divisor: divisor, key: key)) {
      try ACTFeatures(
        config {
          $0.modelWidth = width
          $0.headCount = heads
        })
    }
  }

  /// Each would end the program where its tensors are made.
  @Test func sizesThatAreNoneAreRefused() {
    func error(_ change: (inout ACTConfig) -> Void) -> PolicyConfigError? {
      do throws(PolicyConfigError) { _ = try ACTFeatures(config(change)) } catch { return error }
      return nil
    }
    #expect(error { $0.modelWidth = 0 } == .tooSmall("dim_model", 0, least: 1))
    #expect(error { $0.headCount = 0 } == .tooSmall("n_heads", 0, least: 1))
    #expect(error { $0.headCount = -2 } == .tooSmall("n_heads", -2, least: 1))
    #expect(error { $0.feedForwardWidth = 0 } == .tooSmall("dim_feedforward", 0, least: 1))
    #expect(error { $0.latentWidth = -3 } == .tooSmall("latent_dim", -3, least: 1))
    #expect(error { $0.actionStepCount = 0 } == .tooSmall("n_action_steps", 0, least: 1))
    #expect(error { $0.chunkSize = 0 } == .tooSmall("chunk_size", 0, least: 1))
    #expect(error { $0.encoderLayerCount = -1 } == .tooSmall("n_encoder_layers", -1, least: 0))
    #expect(error { $0.decoderLayerCount = -1 } == .tooSmall("n_decoder_layers", -1, least: 0))
    #expect(
      error { $0.vaeEncoderLayerCount = -1 } == .tooSmall("n_vae_encoder_layers", -1, least: 0))
    #expect(error { $0.decoderLayerCount = 0 } == nil)
    #expect(
      PolicyConfigError.tooSmall("n_heads", 0, least: 1).description
        == "policy.n_heads: 0 is too small; use 1 or more")
  }

  @Test(arguments: [-0.1, 1.5, .infinity])
  func aDropoutThatIsNoProbabilityIsRefused(dropout: Double) {
    let error = #expect(throws: PolicyConfigError.noProbability(dropout)) {
      try ACTFeatures(config { $0.dropout = dropout })
    }
    #expect(error?.description.hasPrefix("policy.dropout: ") == true)
  }

  @Test(arguments: ["glu", "tanh"])
  func activationsThatCannotWorkAreRefused(name: String) {
    let error = #expect(throws: PolicyConfigError.unusableActivation(name)) {
      try ACTFeatures(config { $0.feedForwardActivation = name })
    }
    #expect(error?.description.contains("use relu or gelu") == true)
  }
}

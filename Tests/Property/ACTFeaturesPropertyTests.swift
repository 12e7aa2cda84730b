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
    #expect(throws: ACTConfigError.noAction) {
      try ACTFeatures(config { $0.common.outputFeatures = [:] })
    }
  }

  @Test func aPolicyThatSeesNothingIsRefused() {
    #expect(throws: ACTConfigError.nothingToSee) {
      try ACTFeatures(config { $0.common.inputFeatures["observation.images.top"] = nil })
    }
  }

  @Test func anUnknownBackboneIsRefused() {
    #expect(throws: ACTConfigError.self) {
      try ACTFeatures(config { $0.visionBackbone = "resnet19" })
    }
  }

  @Test func dilationNeedsBottlenecks() throws {
    #expect(throws: ACTConfigError.undilatableBackbone("resnet34")) {
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
    #expect(throws: ACTConfigError.indivisibleWidth(width, divisor: divisor, key: key)) {
      try ACTFeatures(
        config {
          $0.modelWidth = width
          $0.headCount = heads
        })
    }
  }

  @Test(arguments: ["glu", "tanh"])
  func activationsThatCannotWorkAreRefused(name: String) {
    let error = #expect(throws: ACTConfigError.unusableActivation(name)) {
      try ACTFeatures(config { $0.feedForwardActivation = name })
    }
    #expect(error?.description.contains("use relu or gelu") == true)
  }
}

import Fast
import LeRobotCore
import Support
import Testing

/// LeRobot's Diffusion Policy in float64, with its crops, noise and timesteps.
@Suite(.serialized) struct DiffusionGoldenTests {
  private static let blind = [
    "plain", "no_scale", "deep", "sample", "ddim", "ddim_sample", "unclipped", "masked",
    "one_step", "long_window",
  ]
  private static let seeing = [
    "one_camera", "two_cameras", "two_encoders", "batch_norm", "resnet50",
  ]

  @Test(arguments: blind)
  func referenceMatchesLeRobot(name: String) throws {
    let golden = try DiffusionGoldenCase(name)
    try expectMatch(golden, try PolicyQuestion(golden).referenceOutcome())
  }

  @Test(arguments: seeing)
  func referenceMatchesLeRobotOnPictures(name: String) throws {
    let golden = try DiffusionGoldenCase(name)
    try expectMatch(golden, try PolicyQuestion(golden).referenceOutcome())
  }

  /// By our own kernels, and by libtorch's alone.
  @Test(arguments: blind, [KernelChoice.own, .plain])
  func fastMatchesLeRobot(name: String, kernels: KernelChoice) async throws {
    let golden = try DiffusionGoldenCase(name)
    let outcome = try await onTorchThread {
      try PolicyQuestion(golden).fastOutcome(.float64, kernels: kernels)
    }
    try expectMatch(golden, outcome)
    let others = outcome.kernels.subtracting(["gradientFactors"])
    #expect(others == (kernels == .plain ? [] : ["convolution1D"]))
  }

  @Test(arguments: seeing)
  func fastMatchesLeRobotOnPictures(name: String) async throws {
    let golden = try DiffusionGoldenCase(name)
    let outcome = try await onTorchThread { try PolicyQuestion(golden).fastOutcome(.float64) }
    try expectMatch(golden, outcome)
    let others = outcome.kernels.subtracting(["gradientFactors"])
    #expect(others == ["convolution1D", "convolution2D", "rectifiedMaxPool"])
  }

  @Test func fastMatchesLeRobotOnPicturesByLibtorchsKernels() async throws {
    let golden = try DiffusionGoldenCase("batch_norm")
    let outcome = try await onTorchThread {
      try PolicyQuestion(golden).fastOutcome(.float64, kernels: .plain)
    }
    try expectMatch(golden, outcome)
    #expect(outcome.kernels == [])
  }

  /// Holds an answer against LeRobot's to 1e-9 of each tensor's largest element.
  private func expectMatch(_ question: DiffusionGoldenCase, _ outcome: PolicyOutcome) throws {
    try question.golden.expectNumbers(outcome, of: "\(question)")
    question.golden.expectAllTensors(outcome, of: "\(question)")
  }
}

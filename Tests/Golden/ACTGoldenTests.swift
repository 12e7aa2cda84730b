import Fast
import LeRobotCore
import Support
import Testing

/// LeRobot's ACT in float64, with its masks and noise.
@Suite(.serialized) struct ACTGoldenTests {
  private static let blind = [
    "plain", "gelu", "no_vae", "pre_norm", "no_state", "no_dropout", "clipped", "queue", "ensemble",
  ]
  private static let seeing = ["one_camera", "two_cameras", "dilated", "resnet34", "resnet50"]

  @Test(arguments: blind)
  func referenceMatchesLeRobot(name: String) throws {
    let golden = try ACTGoldenCase(name)
    try expectMatch(golden, try PolicyQuestion(golden).referenceOutcome())
  }

  @Test(arguments: seeing)
  func referenceMatchesLeRobotOnPictures(name: String) throws {
    let golden = try ACTGoldenCase(name)
    try expectMatch(golden, try PolicyQuestion(golden).referenceOutcome())
  }

  /// Loss and gradients only: with an optimizer's moments the two deepest would take gigabytes.
  @Test(arguments: ["resnet101", "resnet152"].prefix(Effort.count(1, of: 2)))
  func referenceMatchesLeRobotOnDeepNetworks(name: String) throws {
    let golden = try ACTGoldenCase(name)
    let (loss, gradients) = try PolicyQuestion(golden).referenceGradients()
    expectClose([try golden.tensor("losses").doubles[0]], [loss], "\(name): loss")
    try expectMatch(golden, "gradients", gradients)
  }

  /// By our own kernels, and by libtorch's alone.
  @Test(arguments: blind, [KernelChoice.own, .plain])
  func fastMatchesLeRobot(name: String, kernels: KernelChoice) async throws {
    let golden = try ACTGoldenCase(name)
    let outcome = try await onTorchThread {
      try PolicyQuestion(golden).fastOutcome(.float64, kernels: kernels)
    }
    try expectMatch(golden, outcome)
    #expect(outcome.kernels == (kernels == .plain ? [] : ["attention"]))
  }

  @Test(arguments: seeing + ["resnet101", "resnet152"])
  func fastMatchesLeRobotOnPictures(name: String) async throws {
    let golden = try ACTGoldenCase(name)
    let outcome = try await onTorchThread { try PolicyQuestion(golden).fastOutcome(.float64) }
    try expectMatch(golden, outcome)
    #expect(outcome.kernels == ["attention", "convolution2D", "rectifiedMaxPool"])
  }

  @Test func fastMatchesLeRobotOnPicturesByLibtorchsKernels() async throws {
    let golden = try ACTGoldenCase("two_cameras")
    let outcome = try await onTorchThread {
      try PolicyQuestion(golden).fastOutcome(.float64, kernels: .plain)
    }
    try expectMatch(golden, outcome)
    #expect(outcome.kernels == [])
  }

  /// Holds an answer against LeRobot's to 1e-9 of each tensor's largest element.
  private func expectMatch(_ golden: ACTGoldenCase, _ outcome: PolicyOutcome) throws {
    #expect(outcome.complaints == [])
    let numbers: [(String, [Double])] = [
      ("losses", outcome.losses), ("norms", outcome.norms),
      ("parts", outcome.parts.flatMap { [$0["l1_loss"] ?? 0, $0["kld_loss"] ?? 0] }),
      ("actions", outcome.actions.flatMap(\.doubles)),
    ]
    for (key, values) in numbers {
      expectClose(try golden.tensor(key).doubles, values, "\(golden.name): \(key)")
    }
    try expectMatch(golden, "gradients", outcome.gradients)
    try expectMatch(golden, "after", outcome.after)
  }

  private func expectMatch(
    _ golden: ACTGoldenCase, _ folder: String, _ tensors: NamedTensors
  ) throws {
    let expected = golden.tensors(under: folder)
    #expect(Set(expected.keys) == Set(tensors.keys))
    for (name, tensor) in tensors {
      let compared = isLarge(name) ? digest(tensor) : tensor
      expectClose(
        expected[name]?.doubles ?? [], compared.doubles, "\(golden.name): \(folder) \(name)")
    }
  }

  private func expectClose(_ expected: [Double], _ found: [Double], _ what: String) {
    // Rounding alone is left where a gradient vanishes in theory (Documentation/Tolerances.md).
    let message = mismatch(expected, found, relative: 1e-9, absolute: 1e-15)
    #expect(message == nil, "\(what)")
  }
}

import Fast
import LeRobotCore
import Support
import Testing

/// LeRobot's VQ-BeT in float64, with its crops, masks and exponential clocks.
@Suite(.serialized) struct VQBeTGoldenTests {
  private static let names = [
    "quantizer", "quantizer_wide", "switch", "joint", "sequential", "no_dropout", "one_token",
    "one_step", "cold", "batch_norm", "whole_pictures",
  ]

  @Test(arguments: names)
  func referenceMatchesLeRobotsVQBeT(name: String) throws {
    let golden = try VQBeTGoldenCase(name)
    try expectMatch(golden, try PolicyQuestion(golden).referenceOutcome())
  }

  @Test(arguments: names)
  func fastMatchesLeRobotsVQBeT(name: String) async throws {
    let golden = try VQBeTGoldenCase(name)
    let outcome = try await onTorchThread { try PolicyQuestion(golden).fastOutcome(.float64) }
    try expectMatch(golden, outcome)
    // The first phase sees no picture, but the actions that it chooses do.
    #expect(
      outcome.kernels.subtracting(["gradientFactors"]) == ["convolution2D", "rectifiedMaxPool"])
  }

  @Test(arguments: ["switch", "sequential"])
  func fastMatchesLeRobotsVQBeTByLibtorchsKernels(name: String) async throws {
    let golden = try VQBeTGoldenCase(name)
    let outcome = try await onTorchThread {
      try PolicyQuestion(golden).fastOutcome(.float64, kernels: .plain)
    }
    try expectMatch(golden, outcome)
    #expect(outcome.kernels == [])
  }

  /// Holds an answer against LeRobot's to 1e-9 of each tensor's largest element.
  private func expectMatch(_ question: VQBeTGoldenCase, _ outcome: PolicyOutcome) throws {
    try question.golden.expectNumbers(outcome, of: "\(question)")
    for (step, parts) in outcome.parts.enumerated() {
      let expected = question.parts(ofStep: step)
      #expect(Set(expected.keys) == Set(parts.keys), "\(question): step \(step)")
      for (name, value) in expected {
        let message = mismatch([value], [parts[name] ?? .nan], relative: 1e-9)
        #expect(message == nil, "\(question): \(name) of step \(step)")
      }
    }
    question.golden.expectAllTensors(outcome, of: "\(question)")
  }
}

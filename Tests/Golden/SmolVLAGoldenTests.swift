import Fast
import LeRobotCore
import Support
import Testing

/// LeRobot's SmolVLA in float64, beside a tiny vision-language model, with its noise and times.
@Suite(.serialized) struct SmolVLAGoldenTests {
  private static let names = [
    "cross", "self_attention", "special_tokens", "few_experts", "expert_only", "frozen_state",
    "empty_camera", "always_self", "every_third", "small_pictures", "narrow", "aloha",
  ]

  @Test(arguments: names)
  func referenceMatchesLeRobotsSmolVLA(name: String) throws {
    let golden = try SmolVLAGoldenCase(name)
    try expectMatch(golden, try PolicyQuestion(golden).referenceOutcome())
  }

  @Test(arguments: names)
  func fastMatchesLeRobotsSmolVLA(name: String) async throws {
    let golden = try SmolVLAGoldenCase(name)
    let outcome = try await onTorchThread { try PolicyQuestion(golden).fastOutcome(.float64) }
    try expectMatch(golden, outcome)
  }

  @Test(arguments: ["cross", "special_tokens"])
  func fastMatchesLeRobotsSmolVLAByLibtorchsKernels(name: String) async throws {
    let golden = try SmolVLAGoldenCase(name)
    let outcome = try await onTorchThread {
      try PolicyQuestion(golden).fastOutcome(.float64, kernels: .plain)
    }
    try expectMatch(golden, outcome)
    #expect(outcome.kernels == [])
  }

  private func expectMatch(_ question: SmolVLAGoldenCase, _ outcome: PolicyOutcome) throws {
    try question.golden.expectNumbers(outcome, of: "\(question)")
    // Where the model's last layer attends together with the expert's, LeRobot gives its projection
    // to queries a gradient of zeros, since a sum of both is sliced. Here nothing depends on it.
    let gradients = question.golden.tensors(under: "gradients").filter {
      outcome.gradients[$0.key] != nil || !$0.value.doubles.allSatisfy { $0 == 0 }
    }
    expectTensors(gradients, outcome.gradients, "\(question): gradients")
    expectTensors(
      question.golden.tensors(under: "after"), outcome.after, "\(question): after")
    try question.expectFrozen(outcome)
  }
}

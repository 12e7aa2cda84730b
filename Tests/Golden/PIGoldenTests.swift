import Fast
import LeRobotCore
import Support
import Testing

/// LeRobot's π₀ and π₀.₅ in float64, at tiny widths, with their noise and times.
@Suite(.serialized) struct PIGoldenTests {
  private static let names = [
    "pi0", "pi0_narrow", "pi0_empty_camera", "pi0_equal", "pi0_expert_only", "pi0_frozen_tower",
    "pi05", "pi05_narrow", "pi05_expert_only",
  ]

  @Test(arguments: names)
  func referenceMatchesLeRobotsPI(name: String) throws {
    let golden = try PIGoldenCase(name)
    try expectMatch(golden, try PolicyQuestion(golden).referenceOutcome())
  }

  @Test(arguments: names)
  func fastMatchesLeRobotsPI(name: String) async throws {
    let golden = try PIGoldenCase(name)
    let outcome = try await onTorchThread { try PolicyQuestion(golden).fastOutcome(.float64) }
    try expectMatch(golden, outcome)
  }

  @Test(arguments: ["pi0", "pi05"])
  func fastMatchesLeRobotsPIByLibtorchsKernels(name: String) async throws {
    let golden = try PIGoldenCase(name)
    let outcome = try await onTorchThread {
      try PolicyQuestion(golden).fastOutcome(.float64, kernels: .plain)
    }
    try expectMatch(golden, outcome)
    #expect(outcome.kernels == [])
  }

  private func expectMatch(_ question: PIGoldenCase, _ outcome: PolicyOutcome) throws {
    try question.golden.expectNumbers(outcome, of: "\(question)")
    // Where the model's last layer attends together with the expert's, LeRobot gives its projection
    // to queries a gradient of zeros, since a sum of both is sliced, and decays it. Here nothing depends on it
    // (Q-PI-7).
    func read(_ tensors: NamedTensors) -> NamedTensors {
      tensors.filter {
        !$0.key.contains("paligemma.model.language_model.layers.1.self_attn.q_proj")
      }
    }
    for (folder, found) in [("gradients", outcome.gradients), ("after", outcome.after)] {
      expectTensors(
        read(question.golden.tensors(under: folder)), read(found), "\(question): \(folder)")
    }
    try question.expectFrozen(outcome)
  }
}

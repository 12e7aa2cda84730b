import Fast
import LeRobotCore
import Reference
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

  /// Holds an answer against LeRobot's to 1e-9 of each tensor's largest element.
  private func expectMatch(_ question: SmolVLAGoldenCase, _ outcome: PolicyOutcome) throws {
    let golden = question.golden
    #expect(outcome.complaints == [])
    let numbers: [(String, [Double])] = [
      ("losses", outcome.losses), ("norms", outcome.norms),
      ("actions", outcome.actions.flatMap(\.doubles)),
    ]
    for (key, values) in numbers {
      let message = mismatch(try golden.tensor(key).doubles, values, relative: 1e-9)
      #expect(message == nil, "\(question): \(key)")
    }
    // Where the model's last layer attends together with the expert's, LeRobot gives its projection
    // to queries a gradient of zeros, since a sum of both is sliced. Here nothing depends on it.
    let gradients = golden.tensors(under: "gradients").filter {
      outcome.gradients[$0.key] != nil || !$0.value.doubles.allSatisfy { $0 == 0 }
    }
    let tensors = [
      ("gradients", gradients, outcome.gradients),
      ("after", golden.tensors(under: "after"), outcome.after),
    ]
    for (folder, expected, found) in tensors {
      // Rounding alone is left where a gradient vanishes in theory (Documentation/Tolerances.md).
      let messages = mismatches(expected, found, relative: 1e-9, absolute: 1e-15)
      #expect(messages == [:], "\(question): \(folder)")
    }
    try expectFrozen(question, outcome)
  }

  /// What is not trained is as it was, to the bit.
  private func expectFrozen(_ question: SmolVLAGoldenCase, _ outcome: PolicyOutcome) throws {
    let policy = try Reference.PolicyBuilders.builtIn.makePolicy(
      PolicyConfig(question.config), random: SplitMixRandom(seed: 0))
    let start = question.weights(for: policy.parameters.map { ($0.key, $0.value.value.shape) })
    #expect(!outcome.buffers.isEmpty && start.count == outcome.after.count + outcome.buffers.count)
    for (name, tensor) in outcome.buffers { #expect(tensor == start[name], "\(name)") }
  }
}

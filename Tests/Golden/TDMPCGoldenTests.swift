import Fast
import LeRobotCore
import Support
import Testing

/// LeRobot's TD-MPC in float64, with its shifts, pairs of Qs, noise and clocks.
@Suite(.serialized) struct TDMPCGoldenTests {
  private static let blind = [
    "plain", "coefficients", "clamped", "one_step", "two_values", "one_value", "certain",
    "noiseless", "wide", "loud", "several_actions", "three_repeats", "no_planning",
  ]
  private static let seeing = ["camera", "all_modalities", "other_camera", "still_camera"]

  @Test(arguments: blind)
  func referenceMatchesLeRobot(name: String) throws {
    let golden = try TDMPCGoldenCase(name)
    try expectMatch(golden, try PolicyQuestion(golden).referenceOutcome())
  }

  @Test(arguments: seeing)
  func referenceMatchesLeRobotOnPictures(name: String) throws {
    let golden = try TDMPCGoldenCase(name)
    try expectMatch(golden, try PolicyQuestion(golden).referenceOutcome())
  }

  /// By our own kernels, and by libtorch's alone.
  @Test(arguments: blind, [KernelChoice.own, .plain])
  func fastMatchesLeRobot(name: String, kernels: KernelChoice) async throws {
    let golden = try TDMPCGoldenCase(name)
    let outcome = try await onTorchThread {
      try PolicyQuestion(golden).fastOutcome(.float64, kernels: kernels)
    }
    try expectMatch(golden, outcome)
  }

  @Test(arguments: seeing)
  func fastMatchesLeRobotOnPictures(name: String) async throws {
    let golden = try TDMPCGoldenCase(name)
    let outcome = try await onTorchThread { try PolicyQuestion(golden).fastOutcome(.float64) }
    try expectMatch(golden, outcome)
  }

  /// Holds an answer against LeRobot's to 1e-9 of each tensor's largest element.
  private func expectMatch(_ question: TDMPCGoldenCase, _ outcome: PolicyOutcome) throws {
    let golden = question.golden
    #expect(
      outcome.parts.allSatisfy {
        Array($0.keys) == [
          "Q", "V", "advantage", "consistency_loss", "reward_loss", "Q_value_loss",
          "V_value_loss", "pi_loss", "sum_loss",
        ]
      })
    try golden.expectNumbers(outcome, of: "\(question)")
    try golden.expectNumbers(
      [("parts", outcome.parts.flatMap { Array($0.values) })], of: "\(question)")
    // What is no trained parameter is the target's.
    golden.expectAllTensors(outcome, of: "\(question)")
  }
}

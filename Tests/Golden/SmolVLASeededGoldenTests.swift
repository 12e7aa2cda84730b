import Fast
import Reference
import Support
import Testing

/// LeRobot's float32 runs from a seed: the weights it draws, its losses, the actions it samples.
@Suite(.serialized) struct SmolVLASeededGoldenTests {
  private nonisolated static let cases = ["seeded", "seeded_few_experts"]

  @Test(arguments: cases)
  func referenceStartsAndTrainsAsLeRobotsSmolVLA(name: String) throws {
    try SmolVLAGoldenCase(name).follow(with: ReferenceBackend(), seed: 37)
  }

  @Test(arguments: cases)
  func fastStartsAndTrainsAsLeRobotsSmolVLA(name: String) async throws {
    let question = try SmolVLAGoldenCase(name)
    try await onTorchThread { try question.follow(with: FastBackend(device: "cpu"), seed: 37) }
  }
}

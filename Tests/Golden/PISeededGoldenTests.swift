import Fast
import Reference
import Support
import Testing

/// LeRobot's float32 runs from a seed: the weights it draws, its losses, the actions it samples.
@Suite(.serialized) struct PISeededGoldenTests {
  private nonisolated static let cases = ["pi0_seeded", "pi05_seeded"]

  @Test(arguments: cases)
  func referenceStartsAndTrainsAsLeRobotsPI(name: String) throws {
    try PIGoldenCase(name).follow(with: ReferenceBackend(), seed: 41, isCut: isCut)
  }

  @Test(arguments: cases)
  func fastStartsAndTrainsAsLeRobotsPI(name: String) async throws {
    let question = try PIGoldenCase(name)
    try await onTorchThread {
      try question.follow(with: FastBackend(device: "cpu"), seed: 41, isCut: isCut)
    }
  }
}

/// The tower's patches.
private func isCut(_ weight: String) -> Bool { weight.hasSuffix("patch_embedding.weight") }

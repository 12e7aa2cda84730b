import Fast
import LeRobotCore
import Reference
import Support
import Testing

/// LeRobot's float32 runs from a seed: the weights it draws, its losses, the actions it plans, and where
/// torch's and NumPy's generators stand afterwards.
@Suite(.serialized) struct TDMPCSeededGoldenTests {
  private nonisolated static let cases = ["seeded", "seeded_camera"]

  @Test(arguments: cases)
  func referenceStartsAndTrainsAsLeRobot(name: String) throws {
    try follow(try TDMPCGoldenCase(name), with: ReferenceBackend())
  }

  @Test(arguments: cases)
  func fastStartsAndTrainsAsLeRobot(name: String) async throws {
    let question = try TDMPCGoldenCase(name)
    try await onTorchThread { try follow(question, with: try FastBackend(device: "cpu")) }
  }

  /// Starts, trains and plans as LeRobot did from the same seed, in float32.
  private func follow(_ question: TDMPCGoldenCase, with backend: any Backend) throws {
    try backend.seed(23)
    let learner = try backend.makeLearner(
      policy: PolicyConfig(question.config), optimizer: question.config.optimizerPreset)
    let golden = question.golden
    // LeRobot decomposes in float32.
    let weights = mismatches(
      golden.tensors(under: "weights"), try learner.weights(), relative: 3e-6)
    #expect(weights == [:])
    let results = try (0..<3).map { _ in
      try learner.update(question.batch, learningRates: learner.initialLearningRates)
    }
    try golden.expectRun(results)
    // Values begin at 0, where the best of candidates is a matter of rounding.
    let shapes = try learner.weights().map { (name: $0.key, shape: $0.value.shape) }
    try learner.loadWeights(from: question.weights(for: shapes))
    try golden.expectActions(of: learner, question.observations, relative: 1e-5)
    var torch = try TorchGenerator(state: backend.randomState())
    #expect(try golden.tensor("torch_next").doubles == [Double(torch.integer(in: 0..<1 << 62))])
    var numPy = backend.numPy.generator
    #expect(try golden.tensor("numpy_next").doubles == [Double(numPy.integer(in: 0..<1 << 31))])
  }
}

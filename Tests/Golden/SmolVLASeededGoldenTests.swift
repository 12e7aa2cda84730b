import Fast
import LeRobotCore
import Reference
import Support
import Testing

/// LeRobot's float32 runs from a seed: the weights it draws, its losses, the actions it samples.
@Suite(.serialized) struct SmolVLASeededGoldenTests {
  private nonisolated static let cases = ["seeded", "seeded_few_experts"]

  @Test(arguments: cases)
  func referenceStartsAndTrainsAsLeRobotsSmolVLA(name: String) throws {
    let backend = ReferenceBackend()
    try backend.seed(37)
    try follow(try SmolVLAGoldenCase(name), with: backend)
  }

  @Test(arguments: cases)
  func fastStartsAndTrainsAsLeRobotsSmolVLA(name: String) async throws {
    let question = try SmolVLAGoldenCase(name)
    try await onTorchThread {
      let backend = try FastBackend(device: "cpu")
      try backend.seed(37)
      try follow(question, with: backend)
    }
  }

  /// Starts, trains and acts as LeRobot did from the same seed, in float32.
  private func follow(_ question: SmolVLAGoldenCase, with backend: any Backend) throws {
    let golden = question.golden
    let learner = try backend.makeLearner(
      policy: PolicyConfig(question.config), optimizer: question.config.optimizerPreset)
    // Drawn bit for bit; a digest adds up in another order.
    let weights = mismatches(
      golden.tensors(under: "weights"), try learner.weights(), relative: 1e-12)
    #expect(weights == [:])
    let results = try (0..<question.steps).map { _ in
      try learner.update(question.batch, learningRates: learner.initialLearningRates)
    }
    let losses = mismatch(
      try golden.tensor("losses").doubles, results.map(\.loss), relative: 1e-5)
    #expect(losses == nil)
    let norms = mismatch(
      try golden.tensor("norms").doubles, results.map(\.gradientNorm), relative: 1e-4)
    #expect(norms == nil)
    learner.reset()
    let actions = try question.observations.flatMap { try learner.selectAction($0).doubles }
    let message = mismatch(try golden.tensor("actions").doubles, actions, relative: 1e-4)
    #expect(message == nil)
    var generator = try TorchGenerator(state: backend.randomState())
    let next = try golden.tensor("next").doubles[0]
    #expect(Double(generator.integer(in: 0..<(1 << 62))) == next)
  }
}

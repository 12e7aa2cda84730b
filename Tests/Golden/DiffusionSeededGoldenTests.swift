import Fast
import LeRobotCore
import Reference
import Support
import Testing

/// LeRobot's float32 runs from a seed: the weights it draws, its losses, the actions it samples.
@Suite(.serialized) struct DiffusionSeededGoldenTests {
  private nonisolated static let cases = [
    "seeded", "seeded_cameras", "seeded_batch_norm", "pretrained",
  ]

  @Test(arguments: cases)
  func referenceStartsAndTrainsAsLeRobot(name: String) throws {
    let backend = ReferenceBackend { _ in filledResNet18() }
    try backend.seed(21)
    try follow(try DiffusionGoldenCase(name), with: backend)
  }

  @Test(arguments: cases)
  func fastStartsAndTrainsAsLeRobot(name: String) async throws {
    let question = try DiffusionGoldenCase(name)
    try await onTorchThread {
      let backend = try FastBackend(device: "cpu") { _ in filledResNet18() }
      try backend.seed(21)
      try follow(question, with: backend)
    }
  }

  /// Starts, trains and samples as LeRobot did from the same seed, in float32.
  private func follow(_ question: DiffusionGoldenCase, with backend: any Backend) throws {
    let learner = try backend.makeLearner(
      policy: PolicyConfig(question.config), optimizer: question.config.optimizerPreset)
    try expectWeights(question, try learner.weights())
    let results = try (0..<3).map { _ in
      try learner.update(question.batch, learningRates: learner.initialLearningRates)
    }
    let golden = question.golden
    try golden.expectRun(results)
    try golden.expectActions(of: learner, question.observations)
  }

  /// Drawn bit for bit and stored in the same types.
  private func expectWeights(_ question: DiffusionGoldenCase, _ found: NamedTensors) throws {
    let expected = question.golden.tensors(under: "weights")
    for (name, tensor) in expected where tensor.shape == [] { #expect(found[name] == tensor) }
    // A digest adds up in another order, and statistics of the black picture are rounded.
    let messages = mismatches(expected, found, relative: 1e-12)
    let isStatistic = { (name: String) in name.contains("running_") }
    #expect(messages.filter { !isStatistic($0.key) } == [:])
    let statistics = mismatches(expected, found, relative: 1e-5)
    #expect(statistics.filter { isStatistic($0.key) } == [:])
  }
}

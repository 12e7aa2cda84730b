import LeRobotCore
import Reference
import Support
import Testing

/// LeRobot's float32 runs from a seed: the weights it draws, its losses, the actions it samples.
@Suite(.serialized) struct DiffusionSeededGoldenTests {
  @Test(arguments: ["seeded", "seeded_cameras", "seeded_batch_norm", "pretrained"])
  func referenceStartsAndTrainsAsLeRobot(name: String) throws {
    let question = try DiffusionGoldenCase(name)
    let backend = ReferenceBackend { _ in filledResNet18() }
    try backend.seed(21)
    let learner = try backend.makeLearner(
      policy: .diffusion(question.config), optimizer: question.config.optimizerPreset)
    try expectWeights(question, try learner.weights())
    let results = try (0..<3).map { _ in
      try learner.update(question.batch, learningRates: learner.initialLearningRates)
    }
    // Double against LeRobot's float32.
    let golden = question.golden
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

import Fast
import LeRobotCore
import Reference
import Support
import Testing

/// LeRobot's float32 runs from a seed: the weights it draws, its losses, the actions it samples.
@Suite(.serialized) struct PISeededGoldenTests {
  private nonisolated static let cases = ["pi0_seeded", "pi05_seeded"]

  @Test(arguments: cases)
  func referenceStartsAndTrainsAsLeRobotsPI(name: String) throws {
    let backend = ReferenceBackend()
    try backend.seed(41)
    try follow(try PIGoldenCase(name), with: backend)
  }

  @Test(arguments: cases)
  func fastStartsAndTrainsAsLeRobotsPI(name: String) async throws {
    let question = try PIGoldenCase(name)
    try await onTorchThread {
      let backend = try FastBackend(device: "cpu")
      try backend.seed(41)
      try follow(question, with: backend)
    }
  }

  /// Starts, trains and acts as LeRobot did from the same seed, in float32.
  private func follow(_ question: PIGoldenCase, with backend: any Backend) throws {
    let golden = question.golden
    let learner = try backend.makeLearner(
      policy: question.policy, optimizer: question.policy.value.optimizerPreset)
    // Drawn bit for bit; a digest adds up in another order. What a normal is cut from goes through an inverse
    // error function, which torch computes in float32.
    let drawn = golden.tensors(under: "weights")
    let isCut = { (name: String) in name.hasSuffix("patch_embedding.weight") }
    let found = try learner.weights()
    for (isCutOnes, bound) in [(false, 1e-12), (true, 1e-6)] {
      let messages = mismatches(
        drawn.filter { isCut($0.key) == isCutOnes }, found.filter { isCut($0.key) == isCutOnes },
        relative: bound)
      #expect(messages == [:])
    }
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

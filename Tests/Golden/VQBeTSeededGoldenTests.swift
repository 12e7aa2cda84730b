import Fast
import LeRobotCore
import Reference
import Support
import Testing

/// LeRobot's float32 runs from a seed: the weights it draws, its losses, the actions it draws codes for.
@Suite(.serialized) struct VQBeTSeededGoldenTests {
  private nonisolated static let cases = ["seeded", "seeded_sequential", "pretrained"]

  @Test(arguments: cases)
  func referenceStartsAndTrainsAsLeRobotsVQBeT(name: String) throws {
    let backend = ReferenceBackend { _ in filledResNet18() }
    try backend.seed(31)
    try follow(try VQBeTGoldenCase(name), with: backend)
  }

  @Test(arguments: cases)
  func fastStartsAndTrainsAsLeRobotsVQBeT(name: String) async throws {
    let question = try VQBeTGoldenCase(name)
    try await onTorchThread {
      let backend = try FastBackend(device: "cpu") { _ in filledResNet18() }
      try backend.seed(31)
      try follow(question, with: backend)
    }
  }

  /// Products are in bfloat16, which has 8 bits; the nearest code is found in float32 all the same.
  @Test func bfloat16StaysNearLeRobotsLosses() async throws {
    let question = try VQBeTGoldenCase("seeded")
    try await onTorchThread {
      var config = question.config
      config.common.usesAMP = true
      let backend = try FastBackend(device: "cpu")
      try backend.seed(31)
      let learner = try backend.makeLearner(
        policy: PolicyConfig(config), optimizer: config.optimizerPreset)
      let results = try (0..<question.steps).map { _ in
        try learner.update(question.batch, learningRates: learner.initialLearningRates)
      }
      let losses = mismatch(
        try question.golden.tensor("losses").doubles, results.map(\.loss), relative: 3e-2)
      #expect(losses == nil)
      for (step, result) in results.enumerated() where step < 2 {
        let codes = question.parts(ofStep: step)["n_different_codes"]
        #expect(result.parts["n_different_codes"] == codes)
      }
    }
  }

  /// Starts, trains through both phases and acts as LeRobot did from the same seed, in float32.
  private func follow(_ question: VQBeTGoldenCase, with backend: any Backend) throws {
    let learner = try backend.makeLearner(
      policy: PolicyConfig(question.config), optimizer: question.config.optimizerPreset)
    try expectWeights(question, try learner.weights())
    let results = try (0..<question.steps).map { _ in
      try learner.update(question.batch, learningRates: learner.initialLearningRates)
    }
    let golden = question.golden
    try golden.expectRun(results)
    for (step, result) in results.enumerated() {
      let expected = question.parts(ofStep: step)
      #expect(Set(expected.keys) == Set(result.parts.keys))
      for (name, value) in expected {
        let message = mismatch([value], [result.parts[name] ?? .nan], relative: 1e-4)
        #expect(message == nil, "\(name) of step \(step)")
      }
    }
    try golden.expectActions(of: learner, question.observations)
    try golden.expectNextDraw(of: backend)
  }

  /// Drawn bit for bit and stored in the same types.
  private func expectWeights(_ question: VQBeTGoldenCase, _ found: NamedTensors) throws {
    let expected = question.golden.tensors(under: "weights")
    for (name, tensor) in expected where tensor.shape == [] { #expect(found[name] == tensor) }
    for (name, tensor) in expected where tensor.scalarType == .int64 || tensor.scalarType == .bool {
      #expect(found[name]?.scalarType == tensor.scalarType, "\(name)")
    }
    // A digest adds up in another order, and statistics of the black picture are rounded.
    let messages = mismatches(expected, found, relative: 1e-12)
    let isStatistic = { (name: String) in name.contains("running_") }
    #expect(messages.filter { !isStatistic($0.key) } == [:])
    let statistics = mismatches(expected, found, relative: 1e-5)
    #expect(statistics.filter { isStatistic($0.key) } == [:])
  }
}

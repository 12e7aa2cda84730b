import Fast
import LeRobotCore
import Reference
import Support
import Testing

/// LeRobot's float32 runs from a seed: the weights it draws, and its losses.
@Suite struct ACTSeededGoldenTests {
  @Test(arguments: ["seeded", "seeded_camera"])
  func referenceStartsAndTrainsAsLeRobot(name: String) throws {
    let backend = ReferenceBackend { part in throw MissingGolden(name: part.name, key: "") }
    let golden = try ACTGoldenCase(name)
    // A digest adds up in another order; what is stored whole was drawn bit for bit.
    let weights = try follow(golden, with: backend, weightsWithin: 1e-12)
    for (name, tensor) in golden.tensors(under: "weights") where !isLarge(name) {
      #expect(weights[name] == tensor, "\(name)")
    }
  }

  @Test(arguments: ["seeded", "seeded_camera"]) @TorchThread
  func fastStartsAndTrainsAsLeRobot(name: String) throws {
    let backend = try FastBackend(device: "cpu")
    _ = try follow(try ACTGoldenCase(name), with: backend, weightsWithin: 1e-6)
  }

  /// Starts and trains as LeRobot did from the same seed, in float32.
  ///
  /// - Returns: the weights it started from.
  private func follow(
    _ golden: ACTGoldenCase, with backend: any Backend, weightsWithin tolerance: Double
  ) throws -> NamedTensors {
    try backend.seed(20)
    let learner = try backend.makeLearner(
      policy: PolicyConfig(golden.config), optimizer: golden.optimizer)
    let (expected, weights) = (golden.tensors(under: "weights"), try learner.weights())
    #expect(mismatches(expected, weights, relative: tolerance) == [:])
    let results = try (0..<5).map { _ in
      try learner.update(golden.batch, learningRates: learner.initialLearningRates)
    }
    try golden.golden.expectRun(results)
    return weights
  }
}

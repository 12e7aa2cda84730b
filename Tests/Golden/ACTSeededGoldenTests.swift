import Fast
import LeRobotCore
import Reference
import Support
import Testing

/// LeRobot's float32 runs from a seed: the weights it draws, and its losses.
@Suite struct ACTSeededGoldenTests {
  @Test(arguments: ["seeded", "seeded_camera"])
  func referenceStartsAndTrainsAsLeRobot(name: String) throws {
    let golden = try ACTGoldenCase(name)
    let backend = ReferenceBackend { name in throw MissingGolden(name: name, key: "") }
    try backend.seed(20)
    let learner = try backend.makeLearner(
      policy: .act(golden.config), optimizer: golden.optimizer)
    let expected = golden.tensors(under: "weights")
    let weights = try learner.weights()
    #expect(Array(weights.keys).sorted() == Array(expected.keys).sorted())
    for (name, tensor) in weights {
      // Drawn bit for bit; a digest adds up in another order.
      let found = isLarge(name) ? digest(tensor) : tensor
      let message = mismatch(
        expected[name]?.doubles ?? [], found.doubles, relative: isLarge(name) ? 1e-12 : 0)
      #expect(message == nil, "\(name)")
    }
    let results = try (0..<5).map { _ in
      try learner.update(golden.batch, learningRates: learner.initialLearningRates)
    }
    // Double against LeRobot's float32.
    let losses = mismatch(
      try golden.tensor("losses").doubles, results.map(\.loss), relative: 1e-5)
    #expect(losses == nil)
    let norms = mismatch(
      try golden.tensor("norms").doubles, results.map(\.gradientNorm), relative: 1e-4)
    #expect(norms == nil)
  }

  @Test(arguments: ["seeded", "seeded_camera"]) @TorchThread
  func fastStartsAndTrainsAsLeRobot(name: String) throws {
    let golden = try ACTGoldenCase(name)
    let backend = try FastBackend(device: "cpu")
    try backend.seed(20)
    let learner = try backend.makeLearner(
      policy: .act(golden.config), optimizer: golden.optimizer)
    let expected = golden.tensors(under: "weights")
    let weights = try learner.weights()
    #expect(Array(weights.keys).sorted() == Array(expected.keys).sorted())
    for (name, tensor) in weights {
      let found = isLarge(name) ? digest(tensor) : tensor
      let message = mismatch(expected[name]?.doubles ?? [], found.doubles, relative: 1e-6)
      #expect(message == nil, "\(name)")
    }
    let results = try (0..<5).map { _ in
      try learner.update(golden.batch, learningRates: learner.initialLearningRates)
    }
    let losses = mismatch(
      try golden.tensor("losses").doubles, results.map(\.loss), relative: 1e-5)
    #expect(losses == nil)
    let norms = mismatch(
      try golden.tensor("norms").doubles, results.map(\.gradientNorm), relative: 1e-4)
    #expect(norms == nil)
  }
}

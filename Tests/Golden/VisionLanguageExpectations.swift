import Fast
import LeRobotCore
import OrderedCollections
import Reference
import Support
import Testing

extension VisionLanguageGolden {
  /// Holds losses, norms and actions against LeRobot's, to 1e-9 of the largest number.
  func expectNumbers(_ outcome: PolicyOutcome) throws {
    #expect(outcome.complaints == [])
    let numbers: [(String, [Double])] = [
      ("losses", outcome.losses), ("norms", outcome.norms),
      ("actions", outcome.actions.flatMap(\.doubles)),
    ]
    for (key, values) in numbers {
      let message = mismatch(try golden.tensor(key).doubles, values, relative: 1e-9)
      #expect(message == nil, "\(self): \(key)")
    }
  }

  /// Holds tensors against LeRobot's, to 1e-9 of each one's largest element.
  ///
  /// - Parameter folder: what they are.
  func expectTensors(_ folder: String, _ expected: NamedTensors, _ found: NamedTensors) {
    // Rounding alone is left where a gradient vanishes in theory (Documentation/Tolerances.md).
    let messages = mismatches(expected, found, relative: 1e-9, absolute: 1e-15)
    #expect(messages == [:], "\(self): \(folder)")
  }

  /// What is not trained is as it was, to the bit.
  func expectFrozen(_ outcome: PolicyOutcome) throws {
    let built = try Reference.PolicyBuilders.builtIn.makePolicy(
      policy, random: SplitMixRandom(seed: 0))
    let start = weights(for: built.parameters.map { ($0.key, $0.value.value.shape) })
    #expect(!outcome.buffers.isEmpty && start.count == outcome.after.count + outcome.buffers.count)
    for (name, tensor) in outcome.buffers { #expect(tensor == start[name], "\(name)") }
  }

  /// Starts, trains and acts as LeRobot did from the same seed, in float32.
  ///
  /// - Parameter isCut: whether a weight is drawn from a normal that is cut: through an inverse error function,
  ///   which torch computes in float32.
  func follow(
    with backend: any Backend, seed: UInt64, isCut: (_ weight: String) -> Bool = { _ in false }
  ) throws {
    try backend.seed(seed)
    let learner = try backend.makeLearner(policy: policy, optimizer: policy.value.optimizerPreset)
    // Drawn bit for bit; a digest adds up in another order.
    let (drawn, found) = try (golden.tensors(under: "weights"), learner.weights())
    for (isCutOnes, bound) in [(false, 1e-12), (true, 1e-6)] {
      let messages = mismatches(
        drawn.filter { isCut($0.key) == isCutOnes }, found.filter { isCut($0.key) == isCutOnes },
        relative: bound)
      #expect(messages == [:])
    }
    let results = try (0..<steps).map { _ in
      try learner.update(batch, learningRates: learner.initialLearningRates)
    }
    let losses = mismatch(
      try golden.tensor("losses").doubles, results.map(\.loss), relative: 1e-5)
    #expect(losses == nil)
    let norms = mismatch(
      try golden.tensor("norms").doubles, results.map(\.gradientNorm), relative: 1e-4)
    #expect(norms == nil)
    learner.reset()
    let actions = try observations.flatMap { try learner.selectAction($0).doubles }
    let message = mismatch(try golden.tensor("actions").doubles, actions, relative: 1e-4)
    #expect(message == nil)
    var generator = try TorchGenerator(state: backend.randomState())
    let next = try golden.tensor("next").doubles[0]
    #expect(Double(generator.integer(in: 0..<(1 << 62))) == next)
  }
}

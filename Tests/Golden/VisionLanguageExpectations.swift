import Fast
import LeRobotCore
import OrderedCollections
import Reference
import Support
import Testing

extension VisionLanguageGolden {
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
    try golden.expectRun(results)
    try golden.expectActions(of: learner, observations)
    try golden.expectNextDraw(of: backend)
  }
}

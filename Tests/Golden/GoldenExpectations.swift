import LeRobotCore
import Support
import Testing

/// What the golden tests of all policies hold against LeRobot's answers.
extension GoldenTensors {
  /// Numbers of a run in float64, by the names of stored tensors: to 1e-9 of the largest one of each.
  func expectNumbers(_ numbers: [(key: String, values: [Double])], of question: String) throws {
    for (key, values) in numbers {
      let message = mismatch(try tensor(key).doubles, values, relative: 1e-9)
      #expect(message == nil, "\(question): \(key)")
    }
  }

  /// Losses, norms and actions of an answer in float64.
  func expectNumbers(_ outcome: PolicyOutcome, of question: String) throws {
    #expect(outcome.complaints == [])
    try expectNumbers(
      [
        ("losses", outcome.losses), ("norms", outcome.norms),
        ("actions", outcome.actions.flatMap(\.doubles)),
      ], of: question)
  }

  /// Gradients, trained parameters and what is not trained, in float64.
  func expectAllTensors(_ outcome: PolicyOutcome, of question: String) {
    for (folder, found) in [
      ("gradients", outcome.gradients), ("after", outcome.after), ("buffers", outcome.buffers),
    ] {
      expectTensors(tensors(under: folder), found, "\(question): \(folder)")
    }
  }

  /// Losses and norms of a run in float32.
  func expectRun(_ results: [StepResult]) throws {
    let losses = mismatch(try tensor("losses").doubles, results.map(\.loss), relative: 1e-5)
    #expect(losses == nil)
    let norms = mismatch(try tensor("norms").doubles, results.map(\.gradientNorm), relative: 1e-4)
    #expect(norms == nil)
  }

  /// Actions for a series of observations in float32, the policy being reset before.
  func expectActions(
    of learner: any Learner, _ observations: [Batch], relative bound: Double = 1e-4
  ) throws {
    learner.reset()
    let actions = try observations.flatMap { try learner.selectAction($0).doubles }
    let message = mismatch(try tensor("actions").doubles, actions, relative: bound)
    #expect(message == nil)
  }

  /// That the generator goes on as LeRobot's does.
  func expectNextDraw(of backend: any Backend) throws {
    var generator = try TorchGenerator(state: backend.randomState())
    #expect(try Double(generator.integer(in: 0..<(1 << 62))) == tensor("next").doubles[0])
  }
}

/// Holds tensors of a run in float64 against LeRobot's, to 1e-9 of each one's largest element.
func expectTensors(_ expected: NamedTensors, _ found: NamedTensors, _ what: String) {
  // Rounding alone is left where a gradient vanishes in theory (Documentation/Tolerances.md).
  let messages = mismatches(expected, found, relative: 1e-9, absolute: 1e-15)
  #expect(messages == [:], "\(what)")
}

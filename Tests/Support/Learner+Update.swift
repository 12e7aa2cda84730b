import LeRobotCore

extension Learner {
  /// A whole step of one batch and one rank.
  package func update(_ batch: Batch, learningRates: [Double]) throws -> StepResult {
    try accumulate(batch, weight: 1)
    return try step(learningRates: learningRates, world: SoloWorld())
  }
}

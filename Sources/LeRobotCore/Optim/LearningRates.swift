/// The learning rate of each parameter group: the optimizer's, scaled by a schedule if there is one.
package struct LearningRates: Sendable, Equatable {
  private let base: [Double]
  package private(set) var schedule: LearningRateSchedule?

  /// - Parameters:
  ///   - base: the rates the optimizer starts from, per group.
  ///   - schedule: nil keeps the rates as they are.
  package init(base: [Double], schedule: LearningRateSchedule? = nil) {
    self.base = base
    self.schedule = schedule
  }

  /// The rates for the next step, per group.
  package var current: [Double] { schedule?.rates ?? base }

  /// Advances to the rates of the next step.
  package mutating func step() {
    schedule?.step()
  }
}

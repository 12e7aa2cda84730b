/// One thing a training loop does at some of its steps: update, log, save, evaluate, or what a caller
/// adds, such as averaging the weights or validating.
///
/// All ranks have the same steps in the same order.
package protocol LoopStep {
  /// Whether to run now, at the step that `state` names.
  func isDue(_ state: LoopState) -> Bool
  func run(_ state: inout LoopState) throws
  /// Called once, before the first optimizer step.
  func begin(_ state: inout LoopState) throws
  /// Called once, after the last optimizer step or after an error.
  func end(_ state: inout LoopState) throws
}

extension LoopStep {
  package func begin(_ state: inout LoopState) throws {}
  package func end(_ state: inout LoopState) throws {}
}

/// Where a training loop stands, as its steps see and change it.
package struct LoopState: Sendable {
  /// The optimizer step after which the loop ends.
  package let totalSteps: Int
  /// Optimizer steps done, resumed ones included.
  package var step: Int
  /// The step being done, or the last one while it is reported, saved or evaluated: what an error
  /// belongs to.
  package var currentStep: Int
  package var rates: LearningRates
  /// With the averages of the log interval that is under way.
  package var metrics: RunMetrics
  /// The signal that asked any rank to stop, the same on all ranks; nil for none.
  package var stopSignal: Int32?
  /// Whether something that was due is left to the run that resumes.
  package var hasWorkLeft = false
  /// The step whose checkpoint was begun last.
  package var savedStep: Int?
  /// Evaluations and validations that failed.
  package var failedEvaluations = 0
  /// The best steps so far; nil where they are not compared.
  package var selection: BestCheckpoints?
  /// What is remembered of validations, evaluations and the moving average.
  package var memory: LoopMemory

  /// - Parameter step: optimizer steps done before.
  package init(
    totalSteps: Int, step: Int, rates: LearningRates, metrics: RunMetrics,
    selection: BestCheckpoints? = nil, memory: LoopMemory = LoopMemory()
  ) {
    self.selection = selection
    self.memory = memory
    self.totalSteps = totalSteps
    self.step = step
    currentStep = step
    self.rates = rates
    self.metrics = metrics
  }

  /// Whether all optimizer steps are done, or nothing has got better for too long.
  package var isComplete: Bool { step >= totalSteps || selection?.isExhausted == true }

  /// True after every `frequency` steps; never where it is 0, by which LeRobot divides.
  package func isMultiple(of frequency: Int) -> Bool {
    frequency > 0 && step.isMultiple(of: frequency)
  }
}

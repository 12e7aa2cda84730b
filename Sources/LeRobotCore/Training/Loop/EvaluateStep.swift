/// Evaluates the policy in simulation on the main rank, while the others wait.
///
/// It is due after every `eval_freq` steps, as in LeRobot, and after the last one, whose policy is the
/// result (Q-EVAL-4); before the first one where that is asked for. A failure is reported, and training
/// continues.
struct EvaluateStep: LoopStep {
  private let components: TrainerComponents
  private let frequency: Int

  /// - Parameter frequency: optimizer steps between two evaluations; 0 evaluates at the end only.
  init(_ components: TrainerComponents, frequency: Int) {
    self.components = components
    self.frequency = frequency
  }

  func isDue(_ state: LoopState) -> Bool {
    components.evaluate != nil && (state.isMultiple(of: frequency) || state.isComplete)
  }

  /// Makes the evaluation that was due at a resumed checkpoint's step.
  ///
  /// A checkpoint is written before the evaluation of its step. A resumed run repeats it, and so
  /// draws the same numbers: only then do its steps equal those of a run that was not stopped. The
  /// same rule evaluates a run once whose steps are all done.
  func begin(_ state: inout LoopState) throws {
    guard state.step > 0 || state.isComplete else {
      if components.evaluatesAtStart { try run(&state) }
      return
    }
    // A checkpoint of one of the best is written after the evaluation that found it.
    if isDue(state), state.memory.evaluatedStep != state.step { try run(&state) }
  }

  func run(_ state: inout LoopState) throws {
    guard let evaluate = components.evaluate else { return }
    try components.measure(&state, beginning: .evaluating(step: state.step), evaluate) {
      state, summary, results in
      var results = results
      results.add(summary)
      state.memory.evaluatedStep = state.step
      state.compare(state.selection?.metric.value(in: summary), components.events)
      components.events.send(.evaluated(summary, results))
    }
  }
}

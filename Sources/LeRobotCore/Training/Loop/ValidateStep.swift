/// Validates the policy on held-out frames on the main rank, while the others wait.
///
/// It is due after every `eval_steps` steps and after the last one. It comes before the checkpoint of
/// its step, which it does not change: a validation leaves weights and generators as they were.
struct ValidateStep: LoopStep {
  private let components: TrainerComponents

  init(_ components: TrainerComponents) { self.components = components }

  func isDue(_ state: LoopState) -> Bool {
    guard let validation = components.validation else { return false }
    return state.memory.validatedStep != state.step
      && (state.isMultiple(of: validation.frequency) || state.isComplete)
  }

  /// Makes the validation that a stop broke off.
  func begin(_ state: inout LoopState) throws {
    let isFirst = state.step == 0 && !state.isComplete
    if isFirst ? components.evaluatesAtStart : isDue(state) { try run(&state) }
  }

  func run(_ state: inout LoopState) throws {
    guard let validation = components.validation else { return }
    try components.measure(&state, beginning: .validating(step: state.step), validation.run) {
      state, summary, results in
      var results = results
      results.add(summary)
      state.memory.validatedStep = state.step
      state.compare(state.selection?.metric.value(in: summary), components.events)
      components.events.send(.validated(summary, results))
    }
  }
}

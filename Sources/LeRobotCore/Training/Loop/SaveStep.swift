/// Begins a checkpoint on the main rank; training continues while it is written.
///
/// It is due at a frequency, after the last step, when the run is asked to stop, and for one of the best
/// policies so far.
struct SaveStep: LoopStep {
  private let components: TrainerComponents
  private let frequency: Int
  private let isEnabled: Bool

  /// - Parameters:
  ///   - frequency: optimizer steps between two checkpoints; 0 saves at the end only.
  ///   - isEnabled: `--save_checkpoint`.
  init(_ components: TrainerComponents, frequency: Int, isEnabled: Bool) {
    self.components = components
    self.frequency = frequency
    self.isEnabled = isEnabled
  }

  func isDue(_ state: LoopState) -> Bool {
    isEnabled && state.savedStep != state.step
      && (isDueAnyway(state) || state.selection?.steps.contains(state.step) == true)
  }

  /// Whether a checkpoint is due whatever it is worth.
  private func isDueAnyway(_ state: LoopState) -> Bool {
    state.isMultiple(of: frequency) || state.isComplete || state.stopSignal != nil
  }

  func run(_ state: inout LoopState) throws {
    state.savedStep = state.step
    if !isDueAnyway(state) { state.selection?.noteExtra(step: state.step) }
    guard components.world.isMain else { return }
    components.events.send(.saving(step: state.step))
    let clock = ContinuousClock()
    let start = clock.now
    try components.saving.begin(state)
    components.events.send(
      .savingBegun(step: state.step, seconds: (clock.now - start).seconds))
  }
}

/// Reports the checkpoints that are on the disk by now, or what went wrong with one.
struct ReportCheckpointsStep: LoopStep {
  private let components: TrainerComponents

  init(_ components: TrainerComponents) { self.components = components }

  func isDue(_ state: LoopState) -> Bool { true }

  func run(_ state: inout LoopState) throws { try report(waiting: false) }

  /// Waits for the one being written.
  func end(_ state: inout LoopState) throws { try report(waiting: true) }

  private func report(waiting: Bool) throws {
    for checkpoint in try components.saving.finishedCheckpoints(waiting: waiting) {
      components.events.send(.saved(checkpoint))
    }
  }
}

/// Points `best` at the best checkpoint, and lets those go that were kept for their value alone.
struct SelectStep: LoopStep {
  private let components: TrainerComponents

  init(_ components: TrainerComponents) { self.components = components }

  func isDue(_ state: LoopState) -> Bool { state.selection?.measuredStep == state.step }

  /// Mends the link of a run that was killed before it was set.
  func begin(_ state: inout LoopState) throws { try run(&state) }

  func run(_ state: inout LoopState) throws {
    guard let selection = state.selection, components.world.isMain else { return }
    components.saving.select(selection)
    state.selection?.forgetDropped()
  }
}

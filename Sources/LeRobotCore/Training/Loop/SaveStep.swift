/// Begins a checkpoint on the main rank; training continues while it is written.
///
/// It is due at a frequency, after the last step, and when the run is asked to stop.
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
      && (state.isMultiple(of: frequency) || state.isComplete || state.stopSignal != nil)
  }

  func run(_ state: inout LoopState) throws {
    state.savedStep = state.step
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

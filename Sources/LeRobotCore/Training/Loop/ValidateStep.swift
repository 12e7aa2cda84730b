/// Validates the policy on held-out frames on the main rank, while the others wait.
///
/// It is due after every `eval_steps` steps and after the last one. It comes before the checkpoint of
/// its step, which it does not change: a validation leaves weights and generators as they were.
struct ValidateStep: LoopStep {
  private let components: TrainerComponents
  private let samplesPerStep: Int
  private let dataset: DatasetSummary

  /// - Parameter samplesPerStep: over all ranks.
  init(_ components: TrainerComponents, samplesPerStep: Int, dataset: DatasetSummary) {
    self.components = components
    self.samplesPerStep = samplesPerStep
    self.dataset = dataset
  }

  func isDue(_ state: LoopState) -> Bool {
    guard let validation = components.validation else { return false }
    return state.memory.validatedStep != state.step
      && (state.isMultiple(of: validation.frequency) || state.isComplete)
  }

  /// Makes the validation that a stop broke off.
  func begin(_ state: inout LoopState) throws {
    let isFirst = state.step == 0 && !state.isComplete
    let isWanted = isFirst ? components.evaluatesAtStart : isDue(state)
    if isWanted, components.validation != nil { try run(&state) }
  }

  func run(_ state: inout LoopState) throws {
    if state.stopSignal == nil { state.stopSignal = try components.agreedStop() }
    guard state.stopSignal == nil else {
      state.hasWorkLeft = true
      return
    }
    let isDone = components.world.isMain ? validate(&state) : true
    guard try components.world.any(!isDone) else { return }
    state.stopSignal = try components.agreedStop()
    state.hasWorkLeft = state.stopSignal != nil
  }

  /// - Returns: false when a stop broke it off.
  private func validate(_ state: inout LoopState) -> Bool {
    guard let validation = components.validation else { return true }
    components.events.send(.validating(step: state.step))
    let summary: ValidationSummary?
    do {
      summary = try validation.run(state.step)
    } catch {
      state.failedEvaluations += 1
      components.events.send(.evaluationFailed(step: state.step, reason: "\(error)"))
      return true
    }
    guard let summary else { return false }
    var results = RunMetrics(
      batchSize: samplesPerStep, frameCount: dataset.frameCount,
      episodeCount: dataset.episodeCount, initialStep: state.step)
    results.add(summary)
    results.moment = MetricsMoment()
    state.memory.validatedStep = state.step
    if let value = state.selection?.metric.value(in: summary) {
      state.measure(value, components.events)
    }
    components.events.send(.validated(summary, results))
    return true
  }
}

extension LoopState {
  /// Compares what this step measured with the best so far. The policy before its first step is no
  /// candidate: it has no checkpoint.
  mutating func measure(_ value: Double, _ events: RunEvents) {
    guard step > 0, var selection else { return }
    let wasExhausted = selection.isExhausted
    selection.add(value, step: step)
    self.selection = selection
    measuredStep = step
    guard !wasExhausted, selection.isExhausted, step < totalSteps, let best = selection.best else {
      return
    }
    events.info(
      "Ending after step \(step): \(selection.metric.rawValue) has not been better for "
        + "\(selection.measurementsSinceBest) measurements than after step \(best.step)")
  }
}

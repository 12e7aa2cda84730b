/// How steps of the loop measure the policy.
extension TrainerComponents {
  /// Measures the policy on the main rank, while the others wait. What a stop prevents or breaks off is
  /// left to the run that resumes; a failure is reported, and training continues.
  ///
  /// - Parameters:
  ///   - beginning: tells that it begins.
  ///   - measure: measures the policy as it is after a step; nil when a stop broke it off.
  ///   - take: is given what was measured, and metrics of this step that have no values yet.
  func measure<Summary>(
    _ state: inout LoopState, beginning: RunEvent, _ measure: (_ step: Int) throws -> Summary?,
    take: (inout LoopState, Summary, RunMetrics) -> Void
  ) throws {
    if state.stopSignal == nil { state.stopSignal = try agreedStop() }
    guard state.stopSignal == nil else {
      state.hasWorkLeft = true
      return
    }
    let isDone = world.isMain ? attempt(&state, beginning, measure, take) : true
    guard try world.any(!isDone) else { return }
    state.stopSignal = try agreedStop()
    state.hasWorkLeft = state.stopSignal != nil
  }

  /// - Returns: false when a stop broke it off.
  private func attempt<Summary>(
    _ state: inout LoopState, _ beginning: RunEvent, _ measure: (_ step: Int) throws -> Summary?,
    _ take: (inout LoopState, Summary, RunMetrics) -> Void
  ) -> Bool {
    events.send(beginning)
    let summary: Summary?
    do {
      summary = try measure(state.step)
    } catch {
      state.failedEvaluations += 1
      events.send(.evaluationFailed(step: state.step, reason: "\(error)"))
      return true
    }
    guard let summary else { return false }
    var results = state.metrics.countsAlone
    results.moment = MetricsMoment()
    take(&state, summary, results)
    return true
  }
}

extension LoopState {
  /// Compares what this step measured with the best so far; nothing where it measured something else.
  /// The policy before its first step is no candidate: it has no checkpoint.
  mutating func compare(_ value: Double?, _ events: RunEvents) {
    guard let value, step > 0, var selection else { return }
    let wasExhausted = selection.isExhausted
    selection.add(value, step: step)
    self.selection = selection
    guard !wasExhausted, selection.isExhausted, step < totalSteps, let best = selection.best else {
      return
    }
    events.info(
      "Ending after step \(step): \(selection.metric.rawValue) has not been better for "
        + "\(selection.measurementsSinceBest) measurements than after step \(best.step)")
  }
}

/// One optimizer step: batch, forward, backward, optimizer, schedule.
package struct UpdateStep: LoopStep {
  private let components: TrainerComponents

  package init(_ components: TrainerComponents) { self.components = components }

  package func isDue(_ state: LoopState) -> Bool { true }

  package func run(_ state: inout LoopState) throws {
    state.currentStep = state.step + 1
    let clock = ContinuousClock()
    let start = clock.now
    let batch = try components.preprocess(components.source.next())
    let loaded = clock.now
    for reporter in components.reporters { try reporter.willUpdate(components.learner) }
    let updating = clock.now
    try components.learner.accumulate(batch, weight: 1)
    let result = try components.learner.step(
      learningRates: state.rates.current, world: components.world)
    state.rates.step()
    state.step += 1
    let record = StepRecord(
      step: state.step, result: result, learningRate: state.rates.current.first ?? 0,
      updateSeconds: (clock.now - updating).seconds, dataSeconds: (loaded - start).seconds)
    state.metrics.add(record)
    for reporter in components.reporters { try reporter.didUpdate(record, batch: batch) }
  }
}

extension MetricsTracker {
  /// Counts a training step and adds what it reports.
  fileprivate mutating func add(_ record: StepRecord) {
    step()
    update("loss", record.result.loss)
    update("grad_norm", record.result.gradientNorm)
    update("lr", record.learningRate)
    update("update_s", record.updateSeconds)
    update("dataloading_s", record.dataSeconds)
  }
}

/// Lets all ranks stop after the same step, whichever of them was asked to.
struct AgreeOnStopStep: LoopStep {
  private let components: TrainerComponents

  init(_ components: TrainerComponents) { self.components = components }

  func isDue(_ state: LoopState) -> Bool { true }

  func run(_ state: inout LoopState) throws { state.stopSignal = try components.agreedStop() }
}

extension Duration {
  /// The duration as a floating-point number of seconds.
  package var seconds: Double {
    Double(components.seconds) + Double(components.attoseconds) * 1e-18
  }
}

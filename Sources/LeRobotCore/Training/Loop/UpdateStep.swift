/// One optimizer step: batch, forward, backward, optimizer, schedule.
package struct UpdateStep: LoopStep {
  private let components: TrainerComponents

  package init(_ components: TrainerComponents) { self.components = components }

  package func isDue(_ state: LoopState) -> Bool { true }

  package func run(_ state: inout LoopState) throws {
    state.currentStep = state.step + 1
    let clock = ContinuousClock()
    let waited = components.secondsWithoutCore()
    let start = clock.now
    let batch = try components.preprocess(components.source.next())
    let loaded = clock.now
    try components.learner.accumulate(batch, weight: 1)
    let result = try components.learner.step(
      learningRates: state.rates.current, world: components.world)
    state.rates.step()
    state.step += 1
    let record = StepRecord(
      step: state.step, result: result, learningRate: state.rates.current.first ?? 0,
      updateSeconds: (clock.now - loaded).seconds, dataSeconds: (loaded - start).seconds,
      secondsWithoutCore: waited.flatMap { before in
        components.secondsWithoutCore().map { $0 - before }
      })
    state.metrics.add(record)
    components.events.send(.stepped(record, batch: batch))
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

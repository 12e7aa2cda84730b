/// One optimizer step: batches, forward, backward, optimizer, schedule.
package struct UpdateStep: LoopStep {
  private let components: TrainerComponents

  package init(_ components: TrainerComponents) { self.components = components }

  package func isDue(_ state: LoopState) -> Bool { true }

  package func run(_ state: inout LoopState) throws {
    state.currentStep = state.step + 1
    let clock = ContinuousClock()
    let waited = components.secondsWithoutCore()
    var (mark, loading) = (clock.now, Duration.zero)
    let start = mark
    var batch = Batch()
    for _ in 0..<components.batchesPerStep {
      mark = clock.now
      batch = try components.preprocess(components.source.next())
      loading += clock.now - mark
      try components.learner.accumulate(batch, weight: 1 / Double(components.batchesPerStep))
    }
    let result = try components.learner.step(
      learningRates: state.rates.current, world: components.world)
    state.rates.step()
    state.step += 1
    let record = StepRecord(
      step: state.step, result: result, learningRate: state.rates.current.first ?? 0,
      updateSeconds: (clock.now - start - loading).seconds, dataSeconds: loading.seconds,
      secondsWithoutCore: waited.flatMap { before in
        components.secondsWithoutCore().map { $0 - before }
      })
    state.metrics.add(record)
    components.events.send(.stepped(record, batch: batch))
  }
}

/// Moves the average of the weights after every optimizer step, on all ranks alike.
struct AverageStep: LoopStep {
  private let components: TrainerComponents

  init(_ components: TrainerComponents) { self.components = components }

  func isDue(_ state: LoopState) -> Bool { components.weightAverage != nil }

  func run(_ state: inout LoopState) throws {
    guard let config = components.weightAverage else { return }
    state.memory.averageUpdates += 1
    try components.learner.average(decay: config.decay(ofUpdate: state.memory.averageUpdates))
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

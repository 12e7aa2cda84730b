/// How a training loop saves: the loop decides when, this what.
package struct Saving {
  private let beginning: (LoopState) throws -> Void
  private let finishing: (Bool) throws -> [WrittenCheckpoint]
  private let selecting: (BestCheckpoints) -> Void

  package init(
    begin: @escaping (LoopState) throws -> Void,
    finished: @escaping (_ waiting: Bool) throws -> [WrittenCheckpoint],
    select: @escaping (BestCheckpoints) -> Void = { _ in }
  ) {
    beginning = begin
    finishing = finished
    selecting = select
  }

  /// Points `best` at the best checkpoint and removes those that are no longer among the best, once
  /// all that was begun is on the disk.
  package func select(_ best: BestCheckpoints) { selecting(best) }

  /// Begins a checkpoint of where the loop stands; waits for one that is still being written.
  package func begin(_ state: LoopState) throws { try beginning(state) }

  /// The checkpoints finished since this was asked last.
  ///
  /// - Parameter waiting: first waits for the one being written.
  /// - Throws: what went wrong with it.
  package func finishedCheckpoints(waiting: Bool) throws -> [WrittenCheckpoint] {
    try finishing(waiting)
  }
}

/// What a training loop works with: made once at the start, used by nobody else.
package struct TrainerComponents {
  package var learner: any Learner
  package var world: any World
  package var source: any BatchSource
  /// Normalises a batch as the policy wants it.
  package var preprocess: (Batch) throws -> Batch
  /// Are told what the loop does; on ranks other than the main one nobody listens.
  package var events: RunEvents
  package var saving: Saving
  /// Evaluates the policy in simulation; nil, on all ranks, where nothing is evaluated.
  package var evaluate: Evaluate?
  /// Whether it is evaluated before the first step, too.
  package var evaluatesAtStart: Bool
  /// Batches whose gradients make a step.
  package var batchesPerStep = 1
  /// How the moving average follows the weights; nil without one.
  package var weightAverage: WeightAverageConfig?
  /// Validates the policy on held-out frames; nil, on all ranks, where nothing is validated.
  package var validation: (frequency: Int, run: Validate)?
  /// What checkpoints are compared by; nil where they are not.
  package var selection: BestCheckpoints?
  package var stop: StopRequest
  /// Seconds that the calling thread waited for a core since its start; nil where not known.
  package var secondsWithoutCore: () -> Double?

  package init(
    learner: any Learner, world: any World = SoloWorld(), source: any BatchSource,
    preprocess: @escaping (Batch) throws -> Batch, events: RunEvents,
    saving: Saving, evaluate: Evaluate? = nil, evaluatesAtStart: Bool = false, stop: StopRequest,
    secondsWithoutCore: @escaping () -> Double? = SchedulerStatistics.secondsWithoutCore
  ) {
    self.learner = learner
    self.world = world
    self.source = source
    self.preprocess = preprocess
    self.events = events
    self.saving = saving
    self.evaluate = evaluate
    self.evaluatesAtStart = evaluatesAtStart
    self.stop = stop
    self.secondsWithoutCore = secondsWithoutCore
  }

  /// Samples of an optimizer step, over all ranks.
  package func samplesPerStep(_ config: TrainPipelineConfig) -> Int {
    config.batchSize * world.size * batchesPerStep
  }

  /// The signal that asked any rank to stop, the same on all ranks at the same step; nil for none.
  func agreedStop() throws -> Int32? {
    let signal = try world.maximum([Double(stop.signal ?? 0)])[0]
    return signal > 0 ? Int32(signal) : nil
  }
}

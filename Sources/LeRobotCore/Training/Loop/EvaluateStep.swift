/// Evaluates the policy in simulation on the main rank, while the others wait.
///
/// It is due after every `eval_freq` steps, as in LeRobot, and after the last one, whose policy is the
/// result (Q-EVAL-4); before the first one where that is asked for. A failure is reported, and training
/// continues.
struct EvaluateStep: LoopStep {
  private let components: TrainerComponents
  private let frequency: Int
  private let samplesPerStep: Int
  private let dataset: DatasetSummary

  /// - Parameters:
  ///   - frequency: optimizer steps between two evaluations; 0 evaluates at the end only.
  ///   - samplesPerStep: over all ranks.
  init(
    _ components: TrainerComponents, frequency: Int, samplesPerStep: Int, dataset: DatasetSummary
  ) {
    self.components = components
    self.frequency = frequency
    self.samplesPerStep = samplesPerStep
    self.dataset = dataset
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
      if components.evaluatesAtStart, components.evaluate != nil { try run(&state) }
      return
    }
    // A checkpoint of one of the best is written after the evaluation that found it.
    if isDue(state), state.memory.evaluatedStep != state.step { try run(&state) }
  }

  func run(_ state: inout LoopState) throws {
    if state.stopSignal == nil { state.stopSignal = try components.agreedStop() }
    guard state.stopSignal == nil else {
      state.hasWorkLeft = true
      return
    }
    let isDone = components.world.isMain ? try evaluate(&state) : true
    guard try components.world.any(!isDone) else { return }
    state.stopSignal = try components.agreedStop()
    state.hasWorkLeft = state.stopSignal != nil
  }

  /// - Returns: false when a stop broke it off.
  private func evaluate(_ state: inout LoopState) throws -> Bool {
    guard let evaluate = components.evaluate else { return true }
    components.events.send(.evaluating(step: state.step))
    let summary: EvaluationSummary?
    do {
      summary = try evaluate(state.step)
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
    state.memory.evaluatedStep = state.step
    if let value = state.selection?.metric.value(in: summary) {
      state.measure(value, components.events)
    }
    components.events.send(.evaluated(summary, results))
    return true
  }
}

import LeRobotCore
import Reference
import Support
import Testing

/// What a caller adds to the training loop, without changing it.
@Suite struct LoopStepPropertyTests {
  /// Keeps an exponential average of the weights: w̄ ← d·w̄ + (1 − d)·w.
  private final class AverageStep: LoopStep {
    private let learner: any Learner
    private let decay: Double
    private(set) var average: [Double] = []

    init(_ learner: any Learner, decay: Double) {
      self.learner = learner
      self.decay = decay
    }

    func isDue(_ state: LoopState) -> Bool { true }
    func begin(_ state: inout LoopState) throws { average = try weights() }
    func run(_ state: inout LoopState) throws {
      average = zip(average, try weights()).map { decay * $0 + (1 - decay) * $1 }
    }

    private func weights() throws -> [Double] { try learner.weights().values.flatMap(\.doubles) }
  }

  /// Measures the loss of a held-out batch at a frequency.
  private final class ValidateStep: LoopStep {
    private let learner: any Learner
    private let batch: Batch
    private let frequency: Int
    private(set) var losses: [Int: Double] = [:]

    init(_ learner: any Learner, _ batch: Batch, frequency: Int) {
      self.learner = learner
      self.batch = batch
      self.frequency = frequency
    }

    func isDue(_ state: LoopState) -> Bool { state.isMultiple(of: frequency) }
    func run(_ state: inout LoopState) throws {
      losses[state.step] = try learner.loss(of: batch).total
    }
  }

  /// A source of the same few batches, which counts them.
  private final class CyclingSource: BatchSource {
    private let batches: [Batch]
    private var taken = 0

    init(_ batches: [Batch]) { self.batches = batches }

    func next() throws -> Batch {
      defer { taken += 1 }
      return batches[taken % batches.count]
    }
    var position: SourcePosition? {
      SourcePosition(source: "cycling", version: 1, values: .int(taken))
    }
    func resume(at position: SourcePosition) throws -> [ResumeProblem] {
      taken = position.values.intValue ?? 0
      return []
    }
    func stop() {}
  }

  /// A run of an ACT with dropout, in the reference.
  private struct Run {
    let backend = ReferenceBackend()
    let learner: any Learner
    let recorder = EventRecorder()
    let config: TrainPipelineConfig
    let batches: [Batch]

    init() throws {
      var generator = SplitMix64(seed: 3)
      var policy = ACTConfig.random(cameras: 0, using: &generator)
      (policy.usesVAE, policy.dropout) = (true, 0.3)
      batches = (0..<3).map { _ in .random(policy, size: 2, using: &generator) }
      try backend.seed(5)
      learner = try backend.makeLearner(
        policy: PolicyConfig(policy), optimizer: .adam(AdamOptions(weightDecay: 0)))
      var config = TrainPipelineConfig(dataset: DatasetConfig(repositoryID: "none/none"))
      (config.steps, config.logFrequency, config.saveFrequency) = (6, 3, 6)
      self.config = config
    }

    /// - Parameter adding: steps to stand behind the update, in order.
    func train(adding steps: [any LoopStep] = []) throws {
      let components = TrainerComponents(
        learner: learner, source: CyclingSource(batches), preprocess: { $0 },
        events: RunEvents([recorder]),
        saving: Saving(begin: { _ in }, finished: { _ in [] }), stop: StopRequest())
      var all = TrainLoop.steps(config, components)
      all.insert(contentsOf: steps, at: 1)
      let metrics = RunMetrics(
        batchSize: config.batchSize, frameCount: 100, episodeCount: 1)
      var loop = TrainLoop(
        LoopState(
          totalSteps: config.steps, step: 0,
          rates: LearningRates(base: learner.initialLearningRates), metrics: metrics),
        steps: all)
      #expect(try loop.run() == .finished)
    }
  }

  @Test func addedStepsRunWhenTheyAreDueAndChangeNothing() throws {
    let plain = try Run()
    try plain.train()
    let watched = try Run()
    let average = AverageStep(watched.learner, decay: 0.9)
    let validate = ValidateStep(watched.learner, watched.batches[2], frequency: 2)
    try watched.train(adding: [average, validate])
    #expect(try watched.learner.weights() == plain.learner.weights())
    #expect(try watched.backend.randomState() == plain.backend.randomState())
    #expect(watched.recorder.events == plain.recorder.events)
    #expect(validate.losses.keys.sorted() == [2, 4, 6])
    #expect(Set(validate.losses.values).count == 3, "the weights move")
    // An average lags behind: it lies nearer to the beginning than the last weights do.
    let (first, last) = (try Run().learner.weights(), try watched.learner.weights())
    let start = first.values.flatMap(\.doubles)
    func distance(_ weights: [Double]) -> Double {
      zip(start, weights).reduce(0) { $0 + abs($1.0 - $1.1) }
    }
    let moved = distance(last.values.flatMap(\.doubles))
    #expect(distance(average.average) > 0 && distance(average.average) < moved)
  }

  @Test func onlyAnUpdateIsALoopToo() throws {
    let run = try Run()
    let components = TrainerComponents(
      learner: run.learner, source: CyclingSource(run.batches), preprocess: { $0 },
      events: RunEvents([run.recorder]), saving: Saving(begin: { _ in }, finished: { _ in [] }),
      stop: StopRequest())
    var loop = TrainLoop(
      LoopState(
        totalSteps: 14, step: 10, rates: LearningRates(base: run.learner.initialLearningRates),
        metrics: RunMetrics(batchSize: 2, frameCount: 100, episodeCount: 1, initialStep: 10)),
      steps: [UpdateStep(components)])
    #expect(try loop.run() == .finished)
    #expect(run.recorder.events == ["step 11", "step 12", "step 13", "step 14"])
  }

  /// What a run of a counting learner says, with validations that a stop may break off.
  private func validated(
    stopping step: Int? = nil, memory: LoopMemory = LoopMemory(), from start: Int = 0
  ) throws -> (events: [String], outcome: TrainingOutcome, saved: [Int]) {
    let (recorder, stop) = (EventRecorder(), StopRequest())
    var saved: [Int] = []
    var components = TrainerComponents(
      learner: CountingLearner(), source: CyclingSource([Batch()]), preprocess: { $0 },
      events: RunEvents([recorder]),
      saving: Saving(begin: { saved.append($0.step) }, finished: { _ in [] }), stop: stop)
    components.validation = (
      frequency: 2,
      run: { current in
        if current == step {
          stop.request(signal: 15)
          return nil
        }
        return ValidationReportPropertyTests.summary
      }
    )
    var config = TrainPipelineConfig(dataset: DatasetConfig(repositoryID: "none/none"))
    (config.steps, config.logFrequency, config.saveFrequency) = (5, 0, 5)
    var loop = TrainLoop(
      config: config, components: components, rates: LearningRates(base: [0.5]),
      dataset: .frames(100), startingAt: start, memory: memory)
    let outcome = try loop.run()
    return (recorder.events, outcome, saved)
  }

  @Test func aValidationIsDueAtItsFrequencyAndAtTheEnd() throws {
    let run = try validated()
    #expect(run.outcome == .finished && run.saved == [5])
    #expect(
      run.events.filter { $0.hasPrefix("validating") }
        == ["validating 2", "validating 4", "validating 5"])
    #expect(run.events.filter { $0.hasPrefix("validated") }.count == 3)
  }

  /// It is saved, and the run that resumes makes the validation; one that is done is not made again.
  @Test func aValidationThatIsBrokenOffIsLeftToTheResumedRun() throws {
    let stopped = try validated(stopping: 4)
    #expect(stopped.outcome == .interrupted(step: 4, signal: 15) && stopped.saved == [4])
    #expect(stopped.events.filter { $0.hasPrefix("validated") }.count == 1)
    let resumed = try validated(memory: LoopMemory(validatedStep: 2), from: 4)
    #expect(
      resumed.events.filter { $0.hasPrefix("validating") } == ["validating 4", "validating 5"])
    let done = try validated(memory: LoopMemory(validatedStep: 4), from: 4)
    #expect(done.events.filter { $0.hasPrefix("validating") } == ["validating 5"])
  }
}

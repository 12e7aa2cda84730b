import Foundation
import LeRobotCore
import LeRobotLogging
import Support
import Testing

/// A training that draws with every batch and every evaluation.
private struct Rehearsal {
  var config = TrainPipelineConfig(dataset: DatasetConfig(repositoryID: "none/none"))
  let recorder = EventRecorder()
  let stop = StopRequest()
  let generator = PlainGenerator(seed: 7)
  var start = 0
  var evaluatesAtStart = false
  /// Called in an evaluation, after its first draw; false breaks it off.
  var meanwhile: (Int) throws -> Bool = { _ in true }
  /// The generator's state at every checkpoint, by step.
  let saved = SavedStates()

  final class SavedStates {
    var states: [Int: TorchGenerator] = [:]
    /// Not yet reported.
    var fresh: [WrittenCheckpoint] = []
  }

  init() {
    config.steps = 6
    config.logFrequency = 0
    config.saveFrequency = 2
    config.evaluationFrequency = 3
  }

  /// Evaluates as `Evaluator` does: draws, and takes the draws back when it is broken off.
  private func evaluate(step: Int) throws -> EvaluationSummary? {
    let before = generator.generator
    _ = generator.generator.bernoulli(0.5)
    guard try meanwhile(step) else {
      generator.generator = before
      return nil
    }
    _ = generator.generator.bernoulli(0.5)
    return EvaluationSummary(
      averageSumReward: 20.6934, averageMaximumReward: 0.5, successPercentage: 12.5,
      episodeCount: 8, seconds: 1)
  }

  func run() throws -> (outcome: TrainingOutcome, failures: Int) {
    let learner = CountingLearner()
    learner.beforeUpdate = { _ in _ = generator.generator.bernoulli(0.5) }
    let source = IndexedBatches(
      frames: 1000, batchSize: config.batchSize, generator: PlainGenerator(seed: 1))
    let components = TrainerComponents(
      learner: learner, source: source, preprocess: { $0 }, events: RunEvents([recorder]),
      saving: Saving(
        begin: {
          saved.states[$0.step] = generator.generator
          saved.fresh.append(WrittenCheckpoint(step: $0.step, path: "at \($0.step)"))
        },
        finished: { _ in
          defer { saved.fresh = [] }
          return saved.fresh
        }), evaluate: evaluate, evaluatesAtStart: evaluatesAtStart, stop: stop)
    var loop = TrainLoop(
      config: config, components: components, rates: LearningRates(base: [0.5]),
      dataset: .frames(1000, episodes: 10), startingAt: start)
    return (try loop.run(), loop.state.failedEvaluations)
  }
}

/// Evaluation as a step of the training loop.
struct EvaluationLoopPropertyTests {
  @Test func savesComeBeforeEvaluationsAndTheLastStepHasOne() throws {
    var rehearsal = Rehearsal()
    rehearsal.config.steps = 5
    rehearsal.config.saveFrequency = 3
    #expect(try rehearsal.run().outcome == .finished)
    #expect(
      rehearsal.recorder.events == [
        "step 1", "step 2", "step 3", "saving 3", "evaluating 3",
        "step:3 smpl:24 ep:0 epch:0.02 ∑rwrd:20.693 success:12.5% eval_s:1.000", "step 4",
        "saved at 3", "step 5", "saving 5", "evaluating 5",
        "step:5 smpl:40 ep:0 epch:0.04 ∑rwrd:20.693 success:12.5% eval_s:1.000", "saved at 5",
      ])
  }

  @Test func aBrokenEvaluationIsReportedAndTrainingGoesOn() throws {
    struct Broken: Error, CustomStringConvertible { let description = "no table" }
    var rehearsal = Rehearsal()
    rehearsal.meanwhile = { step in
      if step == 3 { throw Broken() }
      return true
    }
    let (outcome, failures) = try rehearsal.run()
    #expect(outcome == .finished)
    #expect(failures == 1)
    #expect(rehearsal.recorder.events.contains("not evaluated 3: no table"))
    #expect(rehearsal.recorder.events.contains("saved at 6"))
  }

  /// The generator at the end of an undisturbed run, which every resumed one must reach.
  private func undisturbed() throws -> TorchGenerator {
    let rehearsal = Rehearsal()
    _ = try rehearsal.run()
    return rehearsal.generator.generator
  }

  private func resume(_ first: Rehearsal, at step: Int) throws -> Rehearsal {
    var second = Rehearsal()
    second.start = step
    second.generator.generator = try #require(first.saved.states[step])
    #expect(try second.run().outcome == .finished)
    return second
  }

  @Test func aStopDuringAnEvaluationSavesAndTheEvaluationIsMadeUpFor() throws {
    // Step 3 is none that is saved: the stop is why.
    var first = Rehearsal()
    first.meanwhile = { [stop = first.stop] step in
      if step == 3 { stop.request(signal: 15) }
      return step != 3
    }
    #expect(try first.run().outcome == .interrupted(step: 3, signal: 15))
    #expect(first.recorder.events.suffix(3) == ["evaluating 3", "saving 3", "saved at 3"])
    let second = try resume(first, at: 3)
    #expect(second.recorder.events.prefix(1) == ["evaluating 3"])
    #expect(second.generator.generator == (try undisturbed()))
  }

  @Test func aStopInTheLastEvaluationLeavesItToTheNextRun() throws {
    var first = Rehearsal()
    first.config.saveFrequency = 3
    let stop = first.stop
    // No step is left over, only the evaluation.
    first.meanwhile = { step in
      if step == 6 { stop.request(signal: 2) }
      return step != 6
    }
    #expect(try first.run().outcome == .interrupted(step: 6, signal: 2))
    #expect(first.recorder.events.count { $0 == "saved at 6" } == 1, "once is enough")
    let second = try resume(first, at: 6)
    #expect(second.generator.generator == (try undisturbed()))
  }

  @Test func aCheckpointOfAnEvaluatedStepIsEvaluatedAgain() throws {
    // Killed after the evaluation of step 6 had ended: the checkpoint knows nothing of it.
    var first = Rehearsal()
    first.config.saveFrequency = 3
    _ = try first.run()
    let second = try resume(first, at: 3)
    #expect(second.generator.generator == (try undisturbed()))
  }

  @Test func betweenEvaluationsNothingIsMadeUpFor() throws {
    let first = Rehearsal()
    _ = try first.run()
    let second = try resume(first, at: 4)
    #expect(second.recorder.events.first == "step 5")
    #expect(second.generator.generator == (try undisturbed()))
  }

  @Test(arguments: [6, 7])
  func stepsAlreadyReachedAreEvaluatedOnce(start: Int) throws {
    var rehearsal = Rehearsal()
    rehearsal.start = start
    #expect(try rehearsal.run().outcome == .finished)
    #expect(rehearsal.recorder.events.count == 2)
    #expect(rehearsal.recorder.events[0] == "evaluating \(start)")
  }

  @Test func noStepsAtAllStillEvaluate() throws {
    var rehearsal = Rehearsal()
    rehearsal.config.steps = 0
    _ = try rehearsal.run()
    #expect(rehearsal.recorder.events.first == "evaluating 0")
  }

  @Test func aNewRunDoesNotEvaluateBeforeItsFirstStep() throws {
    let rehearsal = Rehearsal()
    _ = try rehearsal.run()
    #expect(rehearsal.recorder.events.first == "step 1")
  }

  @Test func whereAskedForANewRunIsEvaluatedBeforeItsFirstStep() throws {
    var rehearsal = Rehearsal()
    rehearsal.evaluatesAtStart = true
    _ = try rehearsal.run()
    #expect(rehearsal.recorder.events.prefix(2).first == "evaluating 0")
    #expect(rehearsal.recorder.events.contains("evaluating 3"))
    rehearsal = Rehearsal()
    (rehearsal.evaluatesAtStart, rehearsal.start) = (true, 1)
    _ = try rehearsal.run()
    #expect(rehearsal.recorder.events.first == "step 2")
  }

  @Test func resumedMetricsDropTheEvaluationThatIsMadeAgain() throws {
    let folder = try TemporaryFolder()
    let path = folder.file("metrics.jsonl")
    let summary = EvaluationSummary(
      averageSumReward: 1, averageMaximumReward: 0.5, successPercentage: 0, episodeCount: 2,
      seconds: 3)
    let first = try MetricsFileObserver(path: path, resumingAt: 0)
    for step in [3, 6] {
      var metrics = RunMetrics(batchSize: 8, frameCount: 16, episodeCount: 2, initialStep: step)
      metrics.add(summary)
      try first.consume(.evaluated(summary, metrics))
    }
    _ = try MetricsFileObserver(path: path, resumingAt: 6)
    let lines = try RepositoryFiles.lines(URL(filePath: path))
    #expect(lines.count == 1)
    #expect(
      lines[0] == #"{"steps": 3, "samples": 24, "episodes": 3.0, "epochs": 1.5, "#
        + #""avg_sum_reward": 1.0, "pc_success": 0.0, "eval_s": 3.0, "avg_max_reward": 0.5, "#
        + #""n_episodes": 2}"#)
  }
}

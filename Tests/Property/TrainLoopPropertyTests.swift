import Foundation
import LeRobotCore
import Support
import Testing

/// A disk on which a checkpoint is whole one step after it was begun.
private final class SlowDisk {
  private(set) var begun: [Int] = []
  private var written = 0
  private var asked = 0
  /// The step whose checkpoint cannot be written.
  var failing: Int?
  /// The step whose checkpoint cannot even be begun.
  var refusing: Int?

  var saving: Saving {
    Saving(begin: { try self.begin($0.step) }, finished: { try self.settle(waiting: $0) })
  }

  private func begin(_ step: Int) throws {
    if step == refusing { throw CocoaError(.fileWriteOutOfSpace) }
    begun.append(step)
  }

  private func settle(waiting: Bool) throws -> [WrittenCheckpoint] {
    asked += 1
    let steps = begun[written...].filter { waiting || $0 < asked }
    written += steps.count
    if let failing, steps.contains(failing) {
      throw CheckpointError.notWritten(
        checkpoint: "checkpoints/00000\(failing)",
        reason: .file(.system(.write, path: "p", code: 28)))
    }
    return steps.map { WrittenCheckpoint(step: $0, path: "at \($0)") }
  }
}

/// A loop over `frames` frames with parts that compute nothing.
private struct Rehearsal {
  let learner = CountingLearner()
  let recorder = EventRecorder()
  let second = EventRecorder()
  let stop = StopRequest()
  let disk = SlowDisk()
  var config = TrainPipelineConfig(dataset: DatasetConfig(repositoryID: "none/none"))
  var start = 0
  var secondsWithoutCore: () -> Double? = { nil }

  func run(frames: Int) throws -> TrainingOutcome {
    var loop = loop(frames: frames)
    return try loop.run()
  }

  func loop(frames: Int) -> TrainLoop {
    let source = IndexedBatches(
      frames: frames, batchSize: config.batchSize, generator: PlainGenerator(seed: 7))
    let components = TrainerComponents(
      learner: learner, source: source, preprocess: { $0 }, events: RunEvents([recorder, second]),
      saving: disk.saving, stop: stop, secondsWithoutCore: secondsWithoutCore)
    return TrainLoop(
      config: config, components: components, rates: LearningRates(base: [0.5]),
      dataset: .frames(frames), startingAt: start)
  }
}

@Suite struct TrainLoopPropertyTests {
  @Test func everyPassVisitsEveryFrameOnceInANewOrder() throws {
    var rehearsal = Rehearsal()
    rehearsal.config.batchSize = 4
    rehearsal.config.steps = 6
    #expect(try rehearsal.run(frames: 10) == .finished)
    let seen = rehearsal.learner.seen
    #expect(seen.map(\.count) == [4, 4, 2, 4, 4, 2])
    let passes = [seen[..<3].flatMap(\.self), seen[3...].flatMap(\.self)]
    for pass in passes { #expect(pass.sorted() == Array(0..<10)) }
    #expect(passes[0] != passes[1])
  }

  @Test func logsAverageTheIntervalAndSavesFollowTheLog() throws {
    var rehearsal = Rehearsal()
    rehearsal.config.steps = 5
    rehearsal.config.logFrequency = 2
    rehearsal.config.saveFrequency = 4
    _ = try rehearsal.run(frames: 100)
    #expect(
      rehearsal.recorder.events == [
        "step 1", "step 2", "log 1.5", "step 3", "step 4", "log 3.5", "saving 4", "step 5",
        "saved at 4", "saving 5", "saved at 5",
      ])
    #expect(rehearsal.second.events == rehearsal.recorder.events, "several observers hear the same")
    // The parts of the loss are averaged like the loss.
    #expect(rehearsal.recorder.metrics.map { $0.meters["half_loss"]?.average } == [0.75, 1.75])
  }

  @Test func aStepTellsHowLongItWaitedForACore() throws {
    var rehearsal = Rehearsal()
    rehearsal.config.steps = 2
    rehearsal.config.saveFrequency = 1
    // Before and after each step; what lies between the steps, a save, does not count.
    var readings = [10.0, 10.5, 17, 17.25]
    rehearsal.secondsWithoutCore = { readings.removeFirst() }
    _ = try rehearsal.run(frames: 100)
    #expect(rehearsal.recorder.records.map(\.secondsWithoutCore) == [0.5, 0.25])
    #expect(readings.isEmpty)
  }

  @Test func aCheckpointThatCannotBeWrittenEndsTheRunAtTheNextStep() throws {
    var rehearsal = Rehearsal()
    rehearsal.config.steps = 9
    rehearsal.config.saveFrequency = 2
    rehearsal.disk.failing = 4
    do {
      _ = try rehearsal.run(frames: 100)
      Issue.record("went on")
    } catch let error as CheckpointError {
      #expect(error.step == 4)
    }
    #expect(rehearsal.learner.seen.count == 5)
  }

  @Test func aCheckpointUnderWayIsWaitedForWhenAStepFails() throws {
    var rehearsal = Rehearsal()
    rehearsal.config.steps = 9
    rehearsal.config.saveFrequency = 2
    rehearsal.learner.beforeUpdate = { step in
      if step == 3 { throw TrainingError.notFinite(tensor: "the loss") }
    }
    #expect(throws: TrainingError.notFinite(tensor: "the loss")) {
      try rehearsal.run(frames: 100)
    }
    #expect(rehearsal.recorder.events.suffix(2) == ["saving 2", "saved at 2"])
  }

  @Test func aFailureNamesTheStepItBelongsTo() throws {
    struct Broken: Error {}
    var rehearsal = Rehearsal()
    rehearsal.config.steps = 9
    rehearsal.learner.beforeUpdate = { step in if step == 3 { throw Broken() } }
    var loop = rehearsal.loop(frames: 100)
    #expect(throws: Broken.self) { try loop.run() }
    #expect(loop.state.step == 2 && loop.state.currentStep == 3)

    // A step is done when its checkpoint cannot be begun.
    rehearsal.learner.beforeUpdate = { _ in }
    rehearsal.config.saveFrequency = 4
    rehearsal.disk.refusing = 4
    loop = rehearsal.loop(frames: 100)
    #expect(throws: CocoaError.self) { try loop.run() }
    #expect(loop.state.step == 4 && loop.state.currentStep == 4)
  }

  @Test func saveFrequencyZeroSavesAtTheEndOnly() throws {
    var rehearsal = Rehearsal()
    rehearsal.config.steps = 3
    rehearsal.config.saveFrequency = 0
    rehearsal.config.logFrequency = 0
    _ = try rehearsal.run(frames: 100)
    #expect(rehearsal.recorder.events == ["step 1", "step 2", "step 3", "saving 3", "saved at 3"])
  }

  @Test func aSignalSavesAfterThePresentStepAndEnds() throws {
    var rehearsal = Rehearsal()
    rehearsal.config.steps = 9
    let stop = rehearsal.stop
    rehearsal.learner.beforeUpdate = { step in if step == 2 { stop.request(signal: 15) } }
    #expect(try rehearsal.run(frames: 100) == .interrupted(step: 2, signal: 15))
    #expect(rehearsal.recorder.events == ["step 1", "step 2", "saving 2", "saved at 2"])
  }

  @Test func aSignalInTheLastStepStillFinishes() throws {
    var rehearsal = Rehearsal()
    rehearsal.config.steps = 2
    let stop = rehearsal.stop
    rehearsal.learner.beforeUpdate = { step in if step == 2 { stop.request(signal: 2) } }
    #expect(try rehearsal.run(frames: 100) == .finished)
  }

  @Test func aStepThatIsNotFiniteNeverReachesACheckpoint() throws {
    var rehearsal = Rehearsal()
    rehearsal.config.steps = 4
    rehearsal.config.saveFrequency = 2
    rehearsal.learner.beforeUpdate = { step in
      if step == 2 { throw TrainingError.notFinite(tensor: "the loss") }
    }
    #expect(throws: TrainingError.notFinite(tensor: "the loss")) {
      try rehearsal.run(frames: 100)
    }
    #expect(rehearsal.recorder.events == ["step 1"])
  }

  @Test func aResumedLoopDoesTheRemainingSteps() throws {
    var rehearsal = Rehearsal()
    rehearsal.config.steps = 5
    rehearsal.start = 3
    _ = try rehearsal.run(frames: 100)
    #expect(rehearsal.learner.seen.count == 2)
  }

  @Test func anEmptyDatasetIsAnErrorNotAnEndlessLoop() {
    let rehearsal = Rehearsal()
    #expect(throws: TrainingError.emptyDataset) { try rehearsal.run(frames: 0) }
  }

  @Test func onlyTheFirstSignalCounts() {
    let stop = StopRequest()
    #expect(stop.signal == nil)
    #expect(stop.request(signal: 2))
    #expect(!stop.request(signal: 15))
    #expect(stop.signal == 2)
  }
}

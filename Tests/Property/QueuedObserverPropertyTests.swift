import Dispatch
import Foundation
import LeRobotCore
import LeRobotLogging
import Support
import Synchronization
import Testing

/// What the tests and a consumer on its own thread share.
private final class Shared: Sendable {
  /// Steps, or `saved`, `averaged`, `ended`.
  let received = Mutex<[String]>([])
  let warnings = Mutex<[String]>([])
  let gate = DispatchSemaphore(value: 0)
  let isOver = Atomic(false)

  func warn(_ text: String) { warnings.withLock { $0.append(text) } }
}

/// Waits, fails or sleeps as it is told, and says what it was given.
private final class TestConsumer: EventConsumer {
  let name = "the test"
  let shared: Shared
  let behaviour: (Shared) throws -> Void

  init(_ shared: Shared, _ behaviour: @escaping @Sendable (Shared) throws -> Void) {
    self.shared = shared
    self.behaviour = behaviour
  }

  func consume(_ event: RunEvent) throws {
    let text: String? =
      switch event {
      case .stepped(let record, let batch): batch == nil ? "\(record.step)" : "a batch"
      case .saved: "saved"
      case .interval: "averaged"
      case .ended: "ended"
      default: nil
      }
    if let text { shared.received.withLock { $0.append(text) } }
    try behaviour(shared)
  }
}

private func stepped(_ step: Int) -> RunEvent {
  let record = StepRecord(
    step: step, result: StepResult(loss: 1, gradientNorm: 1), learningRate: 1, updateSeconds: 1,
    dataSeconds: 1)
  return .stepped(record, batch: Batch(tensors: ["x": HostTensor([1] as [Float], shape: [1])]))
}

private let saved = RunEvent.saved(WrittenCheckpoint(step: 1, path: "p"))
private let averaged = RunEvent.interval(
  RunMetrics(batchSize: 1, frameCount: 1, episodeCount: 1))

@Suite struct QueuedObserverPropertyTests {
  private let shared = Shared()

  private func observer(
    _ overflow: QueuedObserver.Overflow = .drop, capacity: Int = 8,
    _ behaviour: @escaping @Sendable (Shared) throws -> Void
  ) -> QueuedObserver {
    let shared = shared
    return QueuedObserver(
      TestConsumer(shared, behaviour), overflow: overflow, capacity: capacity,
      warn: { shared.warn($0) })
  }

  /// A run of 100 steps, which such an observer would take minutes for.
  @Test func anObserverThatSleepsASecondAnEventDoesNotSlowAStep() throws {
    let slow = observer { if !$0.isOver.load(ordering: .relaxed) { sleep(1) } }
    let recorder = EventRecorder()
    let learner = CountingLearner()
    var config = TrainPipelineConfig(dataset: DatasetConfig(repositoryID: "none/none"))
    config.steps = 100
    config.logFrequency = 1
    config.saveFrequency = 0
    let source = IndexedBatches(
      frames: 64, batchSize: 8, generator: PlainGenerator(seed: 7))
    let components = TrainerComponents(
      learner: learner, source: source, preprocess: { $0 },
      events: RunEvents([slow, recorder]),
      saving: Saving(begin: { _ in }, finished: { _ in [] }), stop: StopRequest())
    var loop = TrainLoop(
      config: config, components: components, rates: LearningRates(base: [0.5]),
      dataset: .frames(64), startingAt: 0)
    let clock = ContinuousClock()
    let start = clock.now
    #expect(try loop.run() == .finished)
    let seconds = (clock.now - start).seconds
    #expect(recorder.records.count == 100)
    #expect(shared.received.withLock { $0.count } < 100, "it was still at work")
    // 200 events of a second each; a step of its own takes microseconds.
    #expect(seconds < 20, "\(seconds) s")
    shared.isOver.store(true, ordering: .relaxed)
  }

  @Test func stepsThatFindNoRoomAreDroppedAndNothingElse() {
    let observer = observer { if $0.received.withLock({ $0.isEmpty }) { $0.gate.wait() } }
    observer.receive(.began(step: 0))
    for step in 1...1000 {
      observer.receive(stepped(step))
      if step.isMultiple(of: 100) { observer.receive(saved) }
      if step.isMultiple(of: 10) { observer.receive(averaged) }
    }
    observer.receive(.ended(.finished))
    shared.gate.signal()
    #expect(observer.drain(within: .seconds(60)))
    let received = shared.received.withLock { $0 }
    #expect(received.filter { Int($0) != nil } == (1...8).map(String.init))
    #expect(received.count { $0 == "saved" } == 10 && received.last == "ended")
    #expect(received.count { $0 == "averaged" } == 100)
    #expect(observer.droppedCount == 992)
    let warnings = shared.warnings.withLock { $0 }
    #expect(warnings.count == 2, "\(warnings)")
    #expect(warnings.first?.contains("slower than the run") == true)
    #expect(warnings.last == "the test: 992 events of the run were dropped")
  }

  @Test func averagesAreDroppedOnlyWhenVeryManyEventsWait() {
    let observer = observer(capacity: 2) {
      if $0.received.withLock({ $0.isEmpty }) { $0.gate.wait() }
    }
    observer.receive(.began(step: 0))
    for _ in 1...1000 { observer.receive(averaged) }
    observer.receive(saved)
    shared.gate.signal()
    #expect(observer.drain(within: .seconds(60)))
    let received = shared.received.withLock { $0 }
    let kept = received.count { $0 == "averaged" }
    // The event that is being dealt with waits no more.
    #expect((127...128).contains(kept), "\(kept)")
    #expect(received.last == "saved")
  }

  @Test func anObserverThatMustHaveEveryStepMakesTheRunWait() {
    let observer = observer(.wait, capacity: 2) { _ in usleep(1000) }
    for step in 1...50 { observer.receive(stepped(step)) }
    #expect(observer.drain(within: .zero), "it waits for as long as it takes")
    #expect(shared.received.withLock { $0 } == (1...50).map(String.init))
    #expect(observer.droppedCount == 0)
  }

  @Test func anObserverThatFailsIsOneWarning() {
    struct Broken: Error, CustomStringConvertible { let description = "no room" }
    let observer = observer { _ in throw Broken() }
    for step in 1...5 { observer.receive(stepped(step)) }
    observer.receive(.ended(.finished))
    #expect(observer.drain(within: .seconds(60)))
    #expect(
      shared.warnings.withLock { $0 } == [
        "the test: no room; training continues, and lines are missing there"
      ])
    #expect(shared.received.withLock { $0 }.last == "ended", "it is told of what follows")
  }

  @Test func anObserverThatHangsDoesNotKeepTheProgram() {
    let observer = observer { $0.gate.wait() }
    observer.receive(.began(step: 0))
    #expect(!observer.drain(within: .milliseconds(10)))
    shared.gate.signal()
    #expect(observer.drain(within: .seconds(60)))
  }

  @Test func eventsFromManyThreadsAllArrive() {
    let observer = observer(capacity: 10_000) { _ in }
    let events = RunEvents([observer])
    DispatchQueue.concurrentPerform(iterations: 8) { _ in
      for step in 1...100 {
        events.send(stepped(step))
        events.warning("from a worker")
      }
    }
    events.drain(within: .seconds(60))
    #expect(shared.received.withLock { $0.count } == 800)
  }
}

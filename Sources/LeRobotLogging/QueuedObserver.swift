import Dispatch
import Foundation
import LeRobotCore
import Synchronization

/// Deals with a run's events on the thread of a `QueuedObserver`: it may take its time, and throw.
package protocol EventConsumer: AnyObject {
  /// What a warning calls it.
  var name: String { get }
  /// Whether it reads the batches of steps; others are not given them, so that none stay in memory.
  var readsBatches: Bool { get }
  func consume(_ event: RunEvent) throws
}

extension EventConsumer {
  package var readsBatches: Bool { false }
}

/// An observer on its own thread, behind a bounded queue.
///
/// The queue holds `capacity` step events. What happens beyond that is a choice:
///
/// - `.drop`: step events that find no room are dropped and counted, and so are interval averages
///   when `intervalFactor` times as many events wait. All other events are rare and are never
///   dropped. The sender never waits.
/// - `.wait`: the sender waits for room, and nothing is lost.
///
/// An error of the consumer is one warning; it is given the later events all the same.
package final class QueuedObserver: RunObserver {
  /// What happens to a step event that finds no room.
  package enum Overflow: Sendable {
    case drop
    case wait
  }

  /// How many times `capacity` events may wait before interval averages are dropped.
  package static let intervalFactor = 64

  private let queue: EventQueue

  /// - Parameters:
  ///   - consumer: is used by the observer's thread alone.
  ///   - warn: is told, in a line, of the first error and of the first dropped event.
  package init(
    _ consumer: sending any EventConsumer, overflow: Overflow = .drop, capacity: Int = 256,
    warn: @escaping @Sendable (String) -> Void
  ) {
    let (name, readsBatches) = (consumer.name, consumer.readsBatches)
    let queue = EventQueue(
      consumer, name: name, readsBatches: readsBatches, overflow: overflow, capacity: capacity,
      warn: warn)
    self.queue = queue
    let thread = Thread { queue.run() }
    thread.name = "observer"
    thread.start()
  }

  deinit { queue.close() }

  package func receive(_ event: RunEvent) { queue.add(event) }

  /// Where nothing may be lost, it takes the time it takes.
  package func drain(within limit: Duration) -> Bool {
    queue.drain(within: limit)
  }

  /// Events that were dropped so far.
  package var droppedCount: Int { queue.droppedCount }
}

/// The queue and what its thread does.
private final class EventQueue: Sendable {
  private enum Item: Sendable {
    case event(RunEvent)
    /// Is signalled when everything before it is dealt with.
    case marker(DispatchSemaphore)
  }

  private struct State {
    var items: [Item] = []
    /// The first item of `items` that was not taken yet.
    var next = 0
    var sampleCount = 0
    var droppedCount = 0
    var isClosed = false

    var waitingCount: Int { items.count - next }

    mutating func take() -> Item? {
      guard next < items.count else { return nil }
      let item = items[next]
      next += 1
      if next == items.count {
        items.removeAll(keepingCapacity: true)
        next = 0
      } else if next > 1024 {
        items.removeFirst(next)
        next = 0
      }
      return item
    }
  }

  private let consumer: Mutex<any EventConsumer>
  private let name: String
  private let readsBatches: Bool
  private let overflow: QueuedObserver.Overflow
  private let capacity: Int
  private let warn: @Sendable (String) -> Void
  private let state = Mutex(State())
  /// Counts items, and one more when the queue is closed.
  private let filled = DispatchSemaphore(value: 0)
  /// Counts free places for step events, where the sender waits for one.
  private let room = DispatchSemaphore(value: 0)

  init(
    _ consumer: sending any EventConsumer, name: String, readsBatches: Bool,
    overflow: QueuedObserver.Overflow, capacity: Int, warn: @escaping @Sendable (String) -> Void
  ) {
    self.consumer = Mutex(consumer)
    self.name = name
    self.readsBatches = readsBatches
    self.overflow = overflow
    self.capacity = capacity
    self.warn = warn
    // A semaphore that begins above 0 must not be released below its beginning.
    if overflow == .wait { for _ in 0..<capacity { room.signal() } }
  }

  // MARK: - The sender's side

  func add(_ event: RunEvent) {
    if overflow == .wait, event.weight == .sample { room.wait() }
    let event = readsBatches ? event : event.withoutBatch
    let isFirstDropped = state.withLock { state in
      guard hasRoom(for: event, state) else {
        state.droppedCount += 1
        return state.droppedCount == 1
      }
      state.items.append(.event(event))
      if event.weight == .sample { state.sampleCount += 1 }
      filled.signal()
      return false
    }
    if isFirstDropped {
      warn("\(name) is slower than the run; some of its step events are dropped")
    }
  }

  private func hasRoom(for event: RunEvent, _ state: State) -> Bool {
    guard overflow == .drop else { return true }
    switch event.weight {
    case .sample: return state.sampleCount < capacity
    case .interval: return state.waitingCount < capacity * QueuedObserver.intervalFactor
    case .essential: return true
    }
  }

  func drain(within limit: Duration) -> Bool {
    let marker = DispatchSemaphore(value: 0)
    state.withLock { $0.items.append(.marker(marker)) }
    filled.signal()
    let deadline: DispatchTime = overflow == .wait ? .distantFuture : .now() + limit.seconds
    return marker.wait(timeout: deadline) == .success
  }

  func close() {
    state.withLock { $0.isClosed = true }
    filled.signal()
  }

  var droppedCount: Int { state.withLock { $0.droppedCount } }

  // MARK: - The observer's thread

  /// Deals with events until the queue is closed and empty.
  func run() {
    var hasWarned = false
    while true {
      filled.wait()
      let (item, isClosed) = state.withLock { ($0.take(), $0.isClosed) }
      switch item {
      case .marker(let marker): marker.signal()
      case .event(let event): deal(with: event, &hasWarned)
      case nil: if isClosed { return }
      }
    }
  }

  private func deal(with event: RunEvent, _ hasWarned: inout Bool) {
    do {
      try consumer.withLock { try $0.consume(event) }
    } catch {
      if !hasWarned { warn("\(name): \(error); training continues, and lines are missing there") }
      hasWarned = true
    }
    if event.weight == .sample {
      // Only now: a batch that is being dealt with is one of `capacity` in memory.
      state.withLock { $0.sampleCount -= 1 }
      if overflow == .wait { room.signal() }
    }
    if case .ended = event, droppedCount > 1 {
      warn("\(name): \(droppedCount) events of the run were dropped")
    }
  }
}

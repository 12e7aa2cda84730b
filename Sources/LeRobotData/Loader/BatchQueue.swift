import Foundation
import LeRobotCore

/// Hands batch numbers to workers and their batches to the training thread, in order.
///
/// Batch k of a pass is worker k mod N's, and no worker runs further ahead than `depth` batches
/// beyond the last one taken, so that memory stays bounded.
final class BatchQueue: @unchecked Sendable {
  // Unchecked because of `state`, which is touched only while `condition` is locked.

  /// A batch to be made.
  struct Job: Sendable {
    var pass: Int
    var number: Int
    var indices: [Int]
    /// What image transforms draw from, as the worker's batches before have left it.
    var generator: TorchGenerator
  }

  private struct State {
    var pass = 0
    var plan = EpochPlan(batches: [], baseSeed: 0)
    /// For each worker, the number of its next batch.
    var next: [Int]
    var done: [Int: Result<Batch, DataError>] = [:]
    /// By batch number, the generator it will draw from; each worker hands its own on to its
    /// next batch.
    var generators: [Int: TorchGenerator] = [:]
    var taken = 0
    var running = 0
    var isStopping = false
  }

  private let workerCount: Int
  private let depth: Int
  private let condition = NSCondition()
  private var state: State

  /// - Parameter depth: batches in flight at most.
  init(workerCount: Int, depth: Int) {
    self.workerCount = workerCount
    self.depth = depth
    state = State(next: Array(0..<workerCount))
  }

  private func locked<Result>(_ body: () -> Result) -> Result {
    condition.lock()
    defer { condition.unlock() }
    return body()
  }

  /// Waits, while locked, until `body` has a result.
  ///
  /// No reference into `state` lives across the wait: others change it meanwhile.
  private func waiting<Result>(for body: () -> Result?) -> Result {
    while true {
      if let result = body() { return result }
      condition.wait()
    }
  }

  // MARK: The training thread

  /// Begins a pass, or goes on in its middle; batches of an earlier one are dropped.
  func begin(_ plan: EpochPlan, at position: LoaderPosition?) {
    locked {
      let taken = position?.taken ?? 0
      state.pass += 1
      state.plan = plan
      state.taken = taken
      state.next = (0..<workerCount).map { Self.next(of: $0, from: taken, workerCount) }
      state.done = [:]
      state.generators = [:]
      for (worker, number) in state.next.enumerated() {
        state.generators[number] =
          position?.generators.count == workerCount
          ? position?.generators[worker]
          : TorchGenerator(seed: UInt64(bitPattern: plan.baseSeed &+ Int64(worker)))
      }
    }
    condition.broadcast()
  }

  /// The number of a worker's first batch that is not taken.
  private static func next(of worker: Int, from taken: Int, _ workerCount: Int) -> Int {
    taken + (worker - taken % workerCount + workerCount) % workerCount
  }

  /// Where the pass stands after the batch taken last.
  var position: LoaderPosition {
    locked {
      LoaderPosition(
        taken: state.taken,
        generators: (0..<workerCount).compactMap { worker in
          state.generators[Self.next(of: worker, from: state.taken, workerCount)]
        })
    }
  }

  /// The next batch, nil at the end of the pass; waits for it.
  func take() throws(DataError) -> Batch? {
    let result: Result<Batch, DataError>? = locked {
      let number = state.taken
      guard number < state.plan.batches.count else { return nil }
      waiting { state.done[number] != nil || state.isStopping ? () : nil }
      state.taken += 1
      state.generators[number] = nil
      return state.done.removeValue(forKey: number)
    }
    condition.broadcast()
    return try result?.get()
  }

  /// Tells all workers to end and waits until they have.
  func stop() {
    locked {
      state.isStopping = true
      condition.broadcast()
      waiting { state.running == 0 ? () : nil }
      state.done = [:]
    }
  }

  // MARK: The workers

  /// Counts a worker in, before its thread starts.
  func enter() {
    locked { state.running += 1 }
  }

  /// Counts a worker out, the last thing it does.
  func leave() {
    locked { state.running -= 1 }
    condition.broadcast()
  }

  /// The worker's next batch, nil when it has to end; waits until there is one.
  func job(for worker: Int) -> Job? {
    locked {
      waiting {
        if state.isStopping { return .some(nil) }
        let number = state.next[worker]
        guard number < min(state.plan.batches.count, state.taken + depth) else { return nil }
        state.next[worker] += workerCount
        return Job(
          pass: state.pass, number: number, indices: state.plan.batches[number],
          generator: state.generators[number] ?? TorchGenerator(seed: 0))
      }
    }
  }

  /// Hands over a batch and the generator it drew from; dropped where its pass is over.
  func finish(_ job: Job, _ result: Result<Batch, DataError>, _ generator: TorchGenerator) {
    locked {
      guard job.pass == state.pass else { return }
      state.done[job.number] = result
      state.generators[job.number + workerCount] = generator
    }
    condition.broadcast()
  }
}

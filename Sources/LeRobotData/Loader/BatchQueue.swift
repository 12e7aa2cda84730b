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
    /// Whether anybody looks at the pictures.
    var isSeen: Bool
    /// What image transforms draw from, as the worker's batches before have left it.
    var generator: TorchGenerator
  }

  /// A worker's batches of a pass.
  private struct Share {
    /// The number of its next batch to be made.
    var next: Int
    /// What that batch will draw from.
    var generator: TorchGenerator
    /// For each batch begun and not taken, in order, what it drew from.
    var begun: [TorchGenerator] = []

    /// What the first batch that is not taken draws from.
    var firstGenerator: TorchGenerator { begun.first ?? generator }
  }

  private struct State {
    var pass = 0
    var plan = EpochPlan.empty
    /// By worker; empty before the first pass.
    var shares: [Share] = []
    var done: [Int: Result<Batch, DataError>] = [:]
    var taken = 0
    var running = 0
    var isStopping = false
  }

  private let workerCount: Int
  private let depth: Int
  private let condition = NSCondition()
  private var state = State()

  /// - Parameter depth: batches in flight at most.
  init(workerCount: Int, depth: Int) {
    self.workerCount = workerCount
    self.depth = depth
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

  /// Begins a pass, or continues in its middle; batches of an earlier one are dropped.
  ///
  /// - Parameter position: with a generator for each worker, or none: then each is seeded.
  func begin(_ plan: EpochPlan, at position: LoaderPosition?) {
    locked {
      let taken = position?.taken ?? 0
      state.pass += 1
      state.plan = plan
      state.taken = taken
      state.done = [:]
      let seeded = (0..<workerCount).map { worker in
        TorchGenerator(seed: UInt64(bitPattern: plan.baseSeed &+ Int64(worker)))
      }
      let given = position?.generators ?? []
      precondition(
        given.isEmpty || given.count == workerCount,
        "BatchQueue: \(given.count) generators for \(workerCount) workers")
      state.shares = (given.isEmpty ? seeded : given).enumerated().map { worker, generator in
        Share(next: Self.next(of: worker, from: taken, workerCount), generator: generator)
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
      LoaderPosition(taken: state.taken, generators: state.shares.map(\.firstGenerator))
    }
  }

  /// The next batch, nil at the end of the pass; waits for it.
  func take() throws(DataError) -> Batch? {
    let result: Result<Batch, DataError>? = locked {
      let number = state.taken
      guard number < state.plan.batchCount else { return nil }
      waiting { state.done[number] != nil || state.isStopping ? () : nil }
      guard let result = state.done.removeValue(forKey: number) else { return nil }
      state.taken += 1
      state.shares[number % workerCount].begun.removeFirst()
      return result
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
        guard state.shares.indices.contains(worker) else { return nil }
        let number = state.shares[worker].next
        guard number < min(state.plan.batchCount, state.taken + depth) else { return nil }
        let generator = state.shares[worker].generator
        state.shares[worker].next += workerCount
        state.shares[worker].begun.append(generator)
        return Job(
          pass: state.pass, number: number, indices: state.plan.batch(number),
          isSeen: !state.plan.unseen.contains(number), generator: generator)
      }
    }
  }

  /// Hands over a batch and the generator it drew from; dropped where its pass is over.
  func finish(_ job: Job, _ result: Result<Batch, DataError>, _ generator: TorchGenerator) {
    locked {
      guard job.pass == state.pass else { return }
      state.done[job.number] = result
      state.shares[job.number % workerCount].generator = generator
    }
    condition.broadcast()
  }
}

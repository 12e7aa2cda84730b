import Foundation
import Synchronization

/// Several ranks in one process, a thread each: what training in several processes has to compute.
///
/// Sums run over the ranks in order, in Double, so that all ranks get bitwise identical results.
/// Each rank makes its own backend and learner. libtorch has one generator per process: on `Fast`
/// use this only with learners that draw nothing.
package final class LoopbackWorld: World {
  package let rank: Int
  package var size: Int { exchange.size }
  private let exchange: LoopbackExchange

  private init(rank: Int, _ exchange: LoopbackExchange) {
    self.rank = rank
    self.exchange = exchange
  }

  /// Runs `body` once for each rank, all at the same time.
  ///
  /// - Returns: the results by rank.
  /// - Throws: the first rank's error, those of ranks that only missed another one come last.
  package static func run<Value: Sendable>(
    size: Int, _ body: @escaping @Sendable (LoopbackWorld) throws -> Value
  ) throws -> [Value] {
    let exchange = LoopbackExchange(size: size)
    let results = RankResults<Value>()
    let running = DispatchGroup()
    for rank in 0..<size {
      running.enter()
      let thread = Thread {
        let result = Result { try body(LoopbackWorld(rank: rank, exchange)) }
        exchange.end(rank)
        results.add(result, of: rank)
        running.leave()
      }
      // A deep graph is differentiated by recursion.
      thread.stackSize = 64 << 20
      thread.name = "rank \(rank)"
      thread.start()
    }
    running.wait()
    return try results.get()
  }

  package func mean(_ values: [Double]) throws -> [Double] {
    let all = try exchange.gather([values], "a mean", from: rank)
    return sums(all.map { $0[0] }).map { $0 / Double(size) }
  }

  package func maximum(_ values: [Double]) throws -> [Double] {
    let all = try exchange.gather([values], "a maximum", from: rank)
    return values.indices.map { index in
      all.dropFirst().reduce(all[0][0][index]) { Swift.max($0, $1[0][index]) }
    }
  }

  package func barrier() throws { _ = try exchange.gather([], "a barrier", from: rank) }

  package func average(_ gradients: any GradientVectors) throws {
    let all = try exchange.gather(try gradients.values(), "an average of gradients", from: rank)
    try gradients.replace(
      with: all[0].indices.map { index in
        sums(all.map { $0[index] }).map { $0 / Double(size) }
      })
  }

  /// Σᵣ xᵣ, element by element, from rank 0 on.
  private func sums(_ vectors: [[Double]]) -> [Double] {
    vectors.dropFirst().reduce(vectors[0]) { zip($0, $1).map(+) }
  }
}

/// Where the ranks of a process leave their numbers for each other.
///
/// Sendable because `state` is touched only while `condition` is locked.
private final class LoopbackExchange: @unchecked Sendable {
  /// What a rank asks for, and its numbers.
  private struct Contribution {
    var operation: String
    var vectors: [[Double]]
  }

  private struct State {
    /// Of the round under way, by rank.
    var contributions: [Int: Contribution] = [:]
    /// Of the last complete round. A rank begins the next round only after reading it.
    var gathered: [Contribution] = []
    var round = 0
    /// The first rank that has ended.
    var ended: Int?
  }

  let size: Int
  private let condition = NSCondition()
  private var state = State()

  init(size: Int) { self.size = size }

  /// Hands in a rank's numbers and waits for everybody's, by rank.
  func gather(
    _ vectors: [[Double]], _ operation: String, from rank: Int
  ) throws(WorldError) -> [[[Double]]] {
    condition.lock()
    defer { condition.unlock() }
    let round = state.round
    state.contributions[rank] = Contribution(operation: operation, vectors: vectors)
    if state.contributions.count == size {
      state.gathered = (0..<size).compactMap { state.contributions[$0] }
      state.contributions = [:]
      state.round += 1
      condition.broadcast()
    }
    while state.round == round {
      if let ended = state.ended { throw .rankEnded(rank: ended) }
      condition.wait()
    }
    let first = state.gathered[0]
    for (rank, other) in state.gathered.enumerated()
    where other.operation != first.operation
      || other.vectors.map(\.count) != first.vectors.map(\.count)
    {
      throw .outOfStep(
        rank: rank, operation: describe(other), expected: describe(first))
    }
    return state.gathered.map(\.vectors)
  }

  private func describe(_ contribution: Contribution) -> String {
    "\(contribution.operation) of \(contribution.vectors.map(\.count)) numbers"
  }

  /// A rank takes part no longer.
  func end(_ rank: Int) {
    condition.lock()
    defer { condition.unlock() }
    state.ended = state.ended ?? rank
    condition.broadcast()
  }
}

/// The results of all ranks.
private final class RankResults<Value: Sendable>: Sendable {
  private let results = Mutex<[Int: Result<Value, any Error>]>([:])

  func add(_ result: Result<Value, any Error>, of rank: Int) {
    results.withLock { $0[rank] = result }
  }

  func get() throws -> [Value] {
    let ordered = results.withLock { $0.sorted { $0.key < $1.key }.map(\.value) }
    for case .failure(let error) in ordered where !(error is WorldError) { throw error }
    return try ordered.map { try $0.get() }
  }
}

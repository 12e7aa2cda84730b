/// One pass over a dataset, as drawn by the sampler. It keeps 4 bytes a frame.
package struct EpochPlan: Sendable, Equatable {
  /// Frame indices in the order of the pass.
  private var order: [UInt32]
  private let batchSize: Int
  /// Seeds the workers' generators: worker w draws from `baseSeed + w`.
  package let baseSeed: Int64
  /// Numbers of batches whose pictures nobody looks at. What is drawn stays the same.
  package var unseen = 0..<0
  /// Whose batches these are: those of one of N ranks.
  private var rank = 0
  private var rankCount = 1

  /// - Parameter order: frame indices in the order of the pass.
  package init(order: [UInt32], batchSize: Int, baseSeed: Int64) {
    self.order = order
    self.batchSize = batchSize
    self.baseSeed = baseSeed
  }

  /// A pass without batches.
  package static let empty = EpochPlan(order: [], batchSize: 1, baseSeed: 0)

  /// The batches of one of N ranks: of every N in a row the one at its place.
  ///
  /// All ranks get as many batches, and full ones: the pass continues with its own beginning until
  /// the last N are filled, so some frames are seen twice. One rank alone keeps the smaller last
  /// batch. accelerate `data_loader.py`, `BatchSamplerShard` with `even_batches`.
  package func share(of rank: Int, among size: Int) -> EpochPlan {
    var share = self
    (share.rank, share.rankCount) = (rank, size)
    return share
  }

  package var batchCount: Int {
    let all = (order.count + batchSize - 1) / batchSize
    return (all + rankCount - 1) / rankCount
  }

  /// The frame indices of batch `number`; the last one may be smaller.
  package func batch(_ number: Int) -> [Int] {
    let start = (number * rankCount + rank) * batchSize
    if rankCount == 1 { return order[start..<min(start + batchSize, order.count)].map { Int($0) } }
    return (start..<start + batchSize).map { Int(order[$0 % order.count]) }
  }

  /// The frame indices of all batches.
  package var batches: [[Int]] { (0..<batchCount).map(batch) }
}

/// Where a loader stands in a pass: what it needs to continue from there, bitwise.
package struct LoaderPosition: Sendable, Equatable {
  /// Batches of the pass that were handed out.
  package var taken: Int
  /// With random image transforms: the states of the generators that the next batches draw from,
  /// one for each worker; without workers, that of the batch fetched ahead, if there is one. Empty
  /// without transforms.
  package var generators: [TorchGenerator]

  package init(taken: Int, generators: [TorchGenerator] = []) {
    self.taken = taken
    self.generators = generators
  }
}

/// Delivers batches in index order, at any number of workers and any prefetch depth.
///
/// Owned and called by the training thread.
package protocol BatchLoader: AnyObject {
  /// Threads that load ahead; 0 loads in the calling thread.
  var workerCount: Int { get }
  /// Whether batches draw random numbers.
  var drawsTransforms: Bool { get }
  /// Begins a pass, or continues in its middle; what was in flight of an earlier pass is dropped.
  ///
  /// - Parameter position: nil for the pass's beginning. It must be of as many workers; without
  ///   generators, they are seeded as at the pass's beginning.
  func begin(_ plan: EpochPlan, at position: LoaderPosition?) throws
  /// The next batch, nil at the end of the pass. With no workers, image transforms draw from
  /// `generator`; with workers each draws from its own.
  func next(_ generator: any GlobalGenerator) throws -> Batch?
  /// Where the loader stands after the batch it handed out last.
  var position: LoaderPosition { get }
  /// Ends all workers; returns when they have stopped.
  func stop()
}

extension BatchLoader {
  /// Begins a pass.
  package func begin(_ plan: EpochPlan) throws { try begin(plan, at: nil) }
}

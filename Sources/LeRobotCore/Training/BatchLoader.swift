/// One pass over a dataset, as drawn by the sampler.
package struct EpochPlan: Sendable, Equatable {
  /// Frame indices of each batch, in order; the last one may be smaller.
  package var batches: [[Int]]
  /// Seeds the workers' generators: worker w draws from `baseSeed + w`.
  package var baseSeed: Int64

  package init(batches: [[Int]], baseSeed: Int64) {
    self.batches = batches
    self.baseSeed = baseSeed
  }

  /// The batches of one of N ranks: of every N in a row the one at its place.
  ///
  /// All ranks get as many batches, and full ones: the pass continues with its own beginning until
  /// the last N are filled, so some frames are seen twice. One rank alone keeps the smaller last
  /// batch. accelerate `data_loader.py`, `BatchSamplerShard` with `even_batches`.
  package func share(of rank: Int, among size: Int, batchSize: Int) -> EpochPlan {
    guard size > 1, !batches.isEmpty else { return self }
    let order = batches.flatMap(\.self)
    let rounds = (batches.count + size - 1) / size
    let own = (0..<rounds).map { round in
      let start = (round * size + rank) * batchSize
      return (start..<start + batchSize).map { order[$0 % order.count] }
    }
    return EpochPlan(batches: own, baseSeed: baseSeed)
  }
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

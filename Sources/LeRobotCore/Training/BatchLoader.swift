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
}

/// Gives access to the engine's global generator for draws that Core makes itself.
package protocol GlobalGenerator: AnyObject {
  /// Runs `body` with the generator's present state and writes the advanced state back.
  func draw<Result>(_ body: (inout TorchGenerator) throws -> Result) throws -> Result
}

/// Delivers batches in index order, at any number of workers and any prefetch depth.
///
/// Owned and called by the training thread.
package protocol BatchLoader: AnyObject {
  /// Begins a pass; whatever was in flight of an earlier pass is dropped.
  func begin(_ plan: EpochPlan) throws
  /// The next batch, nil at the end of the pass. With no workers, image transforms draw from
  /// `generator`; with workers each draws from its own.
  func next(_ generator: any GlobalGenerator) throws -> Batch?
  /// Ends all workers; returns when they have stopped.
  func stop()
}

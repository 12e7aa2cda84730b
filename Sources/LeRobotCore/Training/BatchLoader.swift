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

/// Where a loader stands in a pass: what it takes to go on from there, bit for bit.
package struct LoaderPosition: Sendable, Equatable {
  /// Batches of the pass that were handed out.
  package var taken: Int
  /// With random image transforms: the states of the generators that the next batches draw from,
  /// one for each worker; without workers, that of the batch fetched ahead. Empty otherwise.
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
  /// Begins a pass, or goes on in its middle; whatever was in flight of an earlier pass is dropped.
  ///
  /// - Parameter position: nil for the pass's beginning. Generators are used where their number
  ///   fits the loader's workers.
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

/// Where a stream of batches stands, to go on from there in another process.
package struct StreamPosition: Sendable, Equatable {
  /// The global generator before the present pass was drawn from it.
  package var passGenerator: TorchGenerator
  package var loader: LoaderPosition

  package init(passGenerator: TorchGenerator, loader: LoaderPosition) {
    self.passGenerator = passGenerator
    self.loader = loader
  }
}

/// Batches without end: pass after pass over the dataset, each in a new order.
///
/// LeRobot `datasets/utils.py`, `cycle`: a pass is drawn when its first batch is asked for, so
/// after the optimizer step on the last batch of the pass before.
package final class BatchStream {
  private let sampler: any Sampler
  private let loader: any BatchLoader
  private let batchSize: Int
  private let generator: any GlobalGenerator
  /// The global generator as it was before the present pass; nil before the first one.
  private var passGenerator: TorchGenerator?

  package init(
    sampler: any Sampler, loader: any BatchLoader, batchSize: Int,
    generator: any GlobalGenerator
  ) {
    self.sampler = sampler
    self.loader = loader
    self.batchSize = batchSize
    self.generator = generator
  }

  /// The next batch, from a new pass where the present one is at its end.
  package func next() throws -> Batch {
    if passGenerator != nil, let batch = try loader.next(generator) { return batch }
    let plan = try generator.draw { generator in
      passGenerator = generator
      return sampler.plan(batchSize: batchSize, generator: &generator)
    }
    try loader.begin(plan)
    guard let batch = try loader.next(generator) else { throw TrainingError.emptyDataset }
    return batch
  }

  /// Where the stream stands; nil before the first batch.
  package var position: StreamPosition? {
    passGenerator.map { StreamPosition(passGenerator: $0, loader: loader.position) }
  }

  /// Goes on in the middle of a pass. The pass is drawn again from its own generator; the global
  /// one is left as it is.
  package func resume(at position: StreamPosition) throws {
    var generator = position.passGenerator
    let plan = sampler.plan(batchSize: batchSize, generator: &generator)
    try loader.begin(plan, at: position.loader)
    passGenerator = position.passGenerator
  }
}

/// The global generator of an engine, lent to Core's own draws as a `TorchGenerator`.
package final class EngineGenerator: GlobalGenerator {
  private let backend: any Backend

  package init(_ backend: any Backend) {
    self.backend = backend
  }

  package func draw<Result>(
    _ body: (inout TorchGenerator) throws -> Result
  ) throws -> Result {
    var generator = try TorchGenerator(state: backend.randomState())
    let result = try body(&generator)
    try backend.setRandomState(generator.state)
    return result
  }
}

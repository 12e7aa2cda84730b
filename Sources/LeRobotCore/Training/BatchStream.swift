/// Batches without end: pass after pass over the dataset, each in a new order.
///
/// LeRobot `datasets/utils.py`, `cycle`: a pass is drawn when its first batch is asked for, so
/// after the optimizer step on the last batch of the pass before.
package final class BatchStream {
  private let sampler: any Sampler
  private let loader: any BatchLoader
  private let batchSize: Int
  private let generator: any GlobalGenerator
  private var isInPass = false

  package init(
    sampler: any Sampler, loader: any BatchLoader, batchSize: Int, generator: any GlobalGenerator
  ) {
    self.sampler = sampler
    self.loader = loader
    self.batchSize = batchSize
    self.generator = generator
  }

  /// The next batch, from a new pass where the present one is at its end.
  package func next() throws -> Batch {
    if isInPass, let batch = try loader.next(generator) { return batch }
    let plan = try generator.draw { sampler.plan(batchSize: batchSize, generator: &$0) }
    try loader.begin(plan)
    isInPass = true
    guard let batch = try loader.next(generator) else { throw TrainingError.emptyDataset }
    return batch
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

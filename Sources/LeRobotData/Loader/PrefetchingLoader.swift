import Foundation
import LeRobotCore

/// Loads batches in worker threads, ahead of the training thread.
///
/// As torch's `DataLoader` with `num_workers` N and `prefetch_factor` 2: batch k is worker
/// k mod N's, and 2N batches are in flight.
package final class PrefetchingLoader: BatchLoader {
  package let workerCount: Int
  package let drawsTransforms: Bool
  private let queue: BatchQueue

  /// - Parameters:
  ///   - transforms: random changes of camera images; worker w draws them from its own generator,
  ///     seeded with the pass's base seed + w.
  ///   - start: starts a worker's thread.
  /// - Throws: `DataError.noThread` where the system has none left.
  package init(
    _ dataset: LeRobotDataset, workerCount: Int, transforms: ImageTransforms?,
    start: (@escaping @Sendable () -> Void) -> Int32 = startThread
  ) throws(DataError) {
    let queue = BatchQueue(workerCount: workerCount, depth: 2 * workerCount)
    self.queue = queue
    self.workerCount = workerCount
    drawsTransforms = transforms != nil
    for worker in 0..<workerCount {
      queue.enter()
      let status = start {
        Thread.current.name = "loader \(worker)"
        Self.work(for: worker, queue, dataset.makeReader(), transforms)
        queue.leave()
      }
      guard status == 0 else {
        queue.leave()
        throw .noThread(
          worker: worker, count: workerCount, reason: String(cString: strerror(status)))
      }
    }
  }

  deinit { queue.stop() }

  private static func work(
    for worker: Int, _ queue: BatchQueue, _ reader: SampleReader, _ transforms: ImageTransforms?
  ) {
    while let job = queue.job(for: worker) {
      var generator = job.generator
      let result = Result { () throws(DataError) in
        guard let transforms else { return try reader.batch(job.indices, isSeen: job.isSeen) }
        return try reader.batch(
          job.indices, isSeen: job.isSeen, transforms: transforms, generator: &generator)
      }
      queue.finish(job, result, generator)
    }
  }

  package func begin(_ plan: EpochPlan, at position: LoaderPosition?) {
    queue.begin(plan, at: position)
  }

  package var position: LoaderPosition {
    var position = queue.position
    if !drawsTransforms { position.generators = [] }
    return position
  }

  package func next(_ generator: any GlobalGenerator) throws -> Batch? {
    try queue.take()
  }

  package func stop() {
    queue.stop()
  }
}

/// Loads batches in the training thread, one ahead of the one it returns.
///
/// accelerate's loader (`data_loader.py`, `DataLoaderShard.__iter__`) fetches batch k+1 before it
/// hands out batch k, so random image transforms of k+1 draw before step k does.
package final class InlineLoader: BatchLoader {
  package let workerCount = 0
  package var drawsTransforms: Bool { transforms != nil }
  private let reader: SampleReader
  private var plan = EpochPlan.empty
  private var taken = 0
  /// The batch after the one handed out last, and what the transforms drew it from.
  private var ahead: (batch: Result<Batch, any Error>, generator: TorchGenerator?)?
  private let transforms: ImageTransforms?

  /// - Parameter transforms: random changes of camera images, drawn from the global generator.
  package init(_ dataset: LeRobotDataset, transforms: ImageTransforms?) {
    self.transforms = transforms
    reader = dataset.makeReader()
  }

  package func begin(_ plan: EpochPlan, at position: LoaderPosition?) throws {
    self.plan = plan
    taken = position?.taken ?? 0
    ahead = nil
    if let generator = position?.generators.first, taken > 0 {
      ahead = fetch(taken, LentGenerator(generator))
    }
  }

  package func next(_ generator: any GlobalGenerator) throws -> Batch? {
    guard let present = ahead ?? fetch(taken, generator) else { return nil }
    taken += 1
    ahead = fetch(taken, generator)
    return try present.batch.get()
  }

  package var position: LoaderPosition {
    LoaderPosition(taken: taken, generators: ahead?.generator.map { [$0] } ?? [])
  }

  /// Loads batch `number` of the pass; nil beyond its end.
  private func fetch(
    _ number: Int, _ generator: any GlobalGenerator
  ) -> (batch: Result<Batch, any Error>, generator: TorchGenerator?)? {
    guard number < plan.batchCount else { return nil }
    var before: TorchGenerator?
    let isSeen = !plan.unseen.contains(number)
    let batch = Result {
      guard let transforms else { return try reader.batch(plan.batch(number), isSeen: isSeen) }
      return try generator.draw { generator in
        before = generator
        return try reader.batch(
          plan.batch(number), isSeen: isSeen, transforms: transforms, generator: &generator)
      }
    }
    return (batch, before)
  }

  package func stop() {
    plan = .empty
    ahead = nil
  }
}

/// A generator of its own, for a batch that had drawn from the global one before.
private final class LentGenerator: GlobalGenerator {
  private var generator: TorchGenerator

  init(_ generator: TorchGenerator) {
    self.generator = generator
  }

  func draw<Result>(_ body: (inout TorchGenerator) throws -> Result) throws -> Result {
    try body(&generator)
  }
}

extension LeRobotDataset {
  /// A loader of this dataset's batches.
  ///
  /// - Parameters:
  ///   - workerCount: threads that load ahead; 0 loads in the calling thread.
  ///   - transforms: random changes of camera images, nil for none.
  /// - Throws: `DataError.noThread`.
  package func makeLoader(
    workerCount: Int, transforms: ImageTransforms? = nil
  ) throws(DataError) -> any BatchLoader {
    if workerCount == 0 { return InlineLoader(self, transforms: transforms) }
    return try PrefetchingLoader(self, workerCount: workerCount, transforms: transforms)
  }
}

import Foundation
import LeRobotCore

/// Loads batches in worker threads, ahead of the training thread.
///
/// As torch's `DataLoader` with `num_workers` N and `prefetch_factor` 2: batch k is worker
/// k mod N's, and 2N batches are in flight.
package final class PrefetchingLoader: BatchLoader {
  private let queue: BatchQueue

  /// - Parameter transforms: random changes of camera images; worker w draws them from its own
  ///   generator, seeded with the pass's base seed + w.
  package init(_ dataset: LeRobotDataset, workerCount: Int, transforms: ImageTransforms?) {
    let queue = BatchQueue(workerCount: workerCount, depth: 2 * workerCount)
    self.queue = queue
    for worker in 0..<workerCount {
      queue.enter()
      let thread = Thread {
        Self.work(queue, worker, dataset.makeReader(), transforms)
        queue.leave()
      }
      thread.name = "loader \(worker)"
      thread.start()
    }
  }

  deinit { queue.stop() }

  private static func work(
    _ queue: BatchQueue, _ worker: Int, _ reader: SampleReader, _ transforms: ImageTransforms?
  ) {
    var pass: Int?
    var generator = TorchGenerator(seed: 0)
    while let job = queue.job(for: worker) {
      if job.pass != pass {
        generator = TorchGenerator(seed: UInt64(bitPattern: job.baseSeed &+ Int64(worker)))
        pass = job.pass
      }
      let result = Result { () throws(DataError) in
        guard let transforms else { return try reader.batch(job.indices) }
        return try reader.batch(job.indices, transforms: transforms, generator: &generator)
      }
      queue.finish(job, result)
    }
  }

  package func begin(_ plan: EpochPlan) {
    queue.begin(plan)
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
  private let reader: SampleReader
  private var plan = EpochPlan(batches: [], baseSeed: 0)
  private var fetched = 0
  private var ahead: Result<Batch, any Error>?
  private let transforms: ImageTransforms?

  /// - Parameter transforms: random changes of camera images, drawn from the global generator.
  package init(_ dataset: LeRobotDataset, transforms: ImageTransforms?) {
    self.transforms = transforms
    reader = dataset.makeReader()
  }

  package func begin(_ plan: EpochPlan) {
    self.plan = plan
    fetched = 0
    ahead = nil
  }

  package func next(_ generator: any GlobalGenerator) throws -> Batch? {
    if fetched == 0 { ahead = fetch(generator) }
    guard let present = ahead else { return nil }
    ahead = fetch(generator)
    return try present.get()
  }

  private func fetch(_ generator: any GlobalGenerator) -> Result<Batch, any Error>? {
    guard fetched < plan.batches.count else { return nil }
    let indices = plan.batches[fetched]
    fetched += 1
    return Result {
      guard let transforms else { return try reader.batch(indices) }
      return try generator.draw { generator in
        try reader.batch(indices, transforms: transforms, generator: &generator)
      }
    }
  }

  package func stop() {
    plan.batches = []
    ahead = nil
  }
}

extension LeRobotDataset {
  /// A loader of this dataset's batches.
  ///
  /// - Parameters:
  ///   - workerCount: threads that load ahead; 0 loads in the calling thread.
  ///   - transforms: random changes of camera images, nil for none.
  package func makeLoader(
    workerCount: Int, transforms: ImageTransforms? = nil
  ) -> any BatchLoader {
    if workerCount == 0 { return InlineLoader(self, transforms: transforms) }
    return PrefetchingLoader(self, workerCount: workerCount, transforms: transforms)
  }
}

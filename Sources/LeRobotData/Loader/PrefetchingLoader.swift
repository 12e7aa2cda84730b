import Foundation
import LeRobotCore

/// Loads batches in worker threads, ahead of the training thread.
///
/// As torch's `DataLoader` with `num_workers` N and `prefetch_factor` 2: batch k is worker
/// k mod N's, and 2N batches are in flight.
package final class PrefetchingLoader: BatchLoader {
  private let queue: BatchQueue

  package init(_ dataset: LeRobotDataset, workerCount: Int) {
    let queue = BatchQueue(workerCount: workerCount, depth: 2 * workerCount)
    self.queue = queue
    for worker in 0..<workerCount {
      queue.enter()
      let thread = Thread {
        let reader = dataset.makeReader()
        while let job = queue.job(for: worker) {
          queue.finish(
            job, Result { () throws(DataError) in try reader.batch(job.indices) })
        }
        queue.leave()
      }
      thread.name = "loader \(worker)"
      thread.start()
    }
  }

  deinit { queue.stop() }

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
  private var ahead: Result<Batch, DataError>?

  package init(_ dataset: LeRobotDataset) {
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

  private func fetch(_ generator: any GlobalGenerator) -> Result<Batch, DataError>? {
    guard fetched < plan.batches.count else { return nil }
    defer { fetched += 1 }
    return Result { () throws(DataError) in try reader.batch(plan.batches[fetched]) }
  }

  package func stop() {
    ahead = nil
  }
}

extension LeRobotDataset {
  /// A loader of this dataset's batches.
  ///
  /// - Parameter workerCount: threads that load ahead; 0 loads in the calling thread.
  package func makeLoader(workerCount: Int) -> any BatchLoader {
    workerCount > 0 ? PrefetchingLoader(self, workerCount: workerCount) : InlineLoader(self)
  }
}

import Fast
import Foundation
import Synchronization

/// The one thread on which tests compute with libtorch.
///
/// libtorch's generator is process-wide, and its thread count belongs to a thread. A test that
/// computes with it is marked `@TorchThread`, or hands its computing to `onTorchThread`; such
/// tests run one at a time.
@globalActor
package actor TorchThread {
  package static let shared = TorchThread()
  private let executor = ThreadExecutor()

  package nonisolated var unownedExecutor: UnownedSerialExecutor {
    executor.asUnownedSerialExecutor()
  }
}

/// Runs `body` on the thread of libtorch.
package func onTorchThread<Result: Sendable>(
  _ body: @TorchThread @Sendable () throws -> Result
) async rethrows -> Result {
  try await body()
}

/// Runs its jobs in order on a thread of its own.
private final class ThreadExecutor: SerialExecutor {
  private let jobs = Mutex<[UnownedJob]>([])
  private let waiting = DispatchSemaphore(value: 0)

  init() {
    let thread = Thread { [self] in run() }
    thread.name = "libtorch"
    thread.stackSize = 16 << 20
    thread.start()
  }

  func enqueue(_ job: consuming ExecutorJob) {
    let job = UnownedJob(job)
    jobs.withLock { $0.append(job) }
    waiting.signal()
  }

  /// Results depend on the number of threads in their last bits, so it is the same everywhere. It
  /// is one, because libgomp's threads spin while they wait, beside all the other tests.
  private func run() {
    if (try? Torch.open()) != nil { Torch.threadCount = 1 }
    while true {
      waiting.wait()
      jobs.withLock { $0.removeFirst() }.runSynchronously(on: asUnownedSerialExecutor())
    }
  }
}

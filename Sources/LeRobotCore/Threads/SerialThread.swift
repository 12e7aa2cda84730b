import Dispatch
import Synchronization

/// A thread that does one piece of work after another, for what belongs to a thread.
///
/// Ends when it is let go, after the work that it was given.
package final class SerialThread: Sendable {
  private let queue = Queue()

  /// - Returns: nil where the system has no thread left.
  package init?() {
    guard startThread({ [queue] in queue.run() }) == 0 else { return nil }
  }

  deinit { queue.add(nil) }

  /// Does `work` after all that was added before.
  package func add(_ work: @escaping @Sendable () -> Void) { queue.add(work) }

  /// Does `work` after all that was added before, and waits for it. Never called by the thread
  /// itself, which would wait for ever.
  package func run<Value, Failure: Error>(
    _ work: () throws(Failure) -> Value
  ) throws(Failure) -> Value {
    try withoutActuallyEscaping(work) { work throws(Failure) in
      let errand = Errand(work)
      let isDone = DispatchSemaphore(value: 0)
      add {
        errand.run()
        isDone.signal()
      }
      isDone.wait()
      guard let result = errand.result else {
        preconditionFailure("SerialThread: the work was not done")
      }
      return try result.get()
    }
  }

  /// Work that a thread waits for.
  ///
  /// `@unchecked Sendable`: one thread waits while the other uses it.
  private final class Errand<Value, Failure: Error>: @unchecked Sendable {
    private var work: (() throws(Failure) -> Value)?
    var result: Result<Value, Failure>?

    init(_ work: @escaping () throws(Failure) -> Value) { self.work = work }

    /// Has let the work go when it returns, as who waits has lent it.
    @inline(never)
    func run() {
      guard let work else { return }
      result = Result { () throws(Failure) in try work() }
      self.work = nil
    }
  }

  private final class Queue: Sendable {
    /// Work to do, oldest first; nil is the end.
    private let works = Mutex<[(@Sendable () -> Void)?]>([])
    private let count = DispatchSemaphore(value: 0)

    func add(_ work: (@Sendable () -> Void)?) {
      works.withLock { $0.append(work) }
      count.signal()
    }

    func run() {
      while let work = next() { work() }
    }

    private func next() -> (@Sendable () -> Void)? {
      count.wait()
      return works.withLock { $0.removeFirst() }
    }
  }
}

import Dispatch
import Synchronization

/// Work on another thread while the present one continues.
package final class Concurrently<Value: Sendable>: Sendable {
  private let value = Mutex<Value?>(nil)
  private let isDone = DispatchSemaphore(value: 0)

  package init(_ body: @escaping @Sendable () -> Value) {
    DispatchQueue.global().async {
      let result = body()
      self.value.withLock { $0 = result }
      self.isDone.signal()
    }
  }

  /// What the work gives; waits for its end.
  package var result: Value {
    isDone.wait()
    defer { isDone.signal() }
    return value.withLock { value in
      guard let value else { preconditionFailure("Concurrently: the work ended without a value") }
      return value
    }
  }
}

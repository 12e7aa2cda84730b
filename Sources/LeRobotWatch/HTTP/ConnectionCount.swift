import Synchronization

/// How many connections are open.
final class ConnectionCount: Sendable {
  private let count = Mutex(0)

  /// One more, and how many there are with it.
  func add() -> Int {
    count.withLock {
      $0 += 1
      return $0
    }
  }

  func remove() { count.withLock { $0 -= 1 } }
}

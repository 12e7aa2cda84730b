import Synchronization

/// Is told what happens in a run, on the thread where it happens; returns at once.
///
/// An observer never throws: what fails is its own business, and one warning.
package protocol RunObserver: Sendable {
  /// Takes an event. What takes longer is done on another thread.
  func receive(_ event: RunEvent)
  /// Waits until every event received before is dealt with, but not longer than `limit`.
  ///
  /// - Returns: false where the limit came first.
  func drain(within limit: Duration) -> Bool
}

extension RunObserver {
  /// For an observer that deals with an event when it receives it.
  package func drain(within limit: Duration) -> Bool { true }
}

/// Passes a run's events on to its observers. Every thread may send.
package final class RunEvents: Sendable {
  private let observers: Mutex<[any RunObserver]>

  package init(_ observers: [any RunObserver] = []) {
    self.observers = Mutex(observers)
  }

  /// Adds an observer, which is told of what happens from now on.
  package func add(_ observer: any RunObserver) {
    observers.withLock { $0.append(observer) }
  }

  /// Tells every observer, on the calling thread.
  package func send(_ event: RunEvent) {
    for observer in observers.withLock({ $0 }) { observer.receive(event) }
  }

  /// Waits until all observers have dealt with what was sent, the last added first: an observer may
  /// warn through those before it.
  ///
  /// - Parameter limit: for each observer; one that hangs must not keep the program.
  package func drain(within limit: Duration) {
    for observer in observers.withLock({ $0 }).reversed() { _ = observer.drain(within: limit) }
  }

  // MARK: - Log records

  /// Sends a record of level INFO.
  package func info(_ message: String, about part: RunPart? = nil) {
    send(.logged(LogRecord(.info, message, about: part)))
  }

  /// Sends a record of level WARNING.
  package func warning(_ message: String) {
    send(.logged(LogRecord(.warning, message)))
  }
}

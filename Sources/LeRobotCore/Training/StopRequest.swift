import Synchronization

/// A wish to end the run after the present step, set by a signal and read by the loop.
package final class StopRequest: Sendable {
  private let value = Atomic<Int32>(0)

  package init() {}

  /// The signal that asked, if one did.
  package var signal: Int32? {
    let signal = value.load(ordering: .relaxed)
    return signal == 0 ? nil : signal
  }

  /// Asks for the end. Returns false when it had been asked for before.
  @discardableResult
  package func request(signal: Int32) -> Bool {
    value.compareExchange(expected: 0, desired: signal, ordering: .relaxed).exchanged
  }
}

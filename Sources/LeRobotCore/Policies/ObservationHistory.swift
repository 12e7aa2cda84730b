/// The last observations of each key, the newest at the end.
package struct ObservationHistory<Observation> {
  /// Observations of a key, oldest first; empty before the first one.
  package private(set) var steps: [String: [Observation]] = [:]
  private let count: Int

  /// - Parameter count: observations to keep of each key.
  package init(count: Int) { self.count = count }

  /// Adds the newest observation of a key; the first of an episode fills the whole history
  /// (LeRobot `policies/utils.py`, `populate_queues`).
  package mutating func append(_ newest: Observation, for key: String) {
    let past = steps[key] ?? Array(repeating: newest, count: count)
    steps[key] = past.dropFirst() + [newest]
  }

  /// Forgets all of them; an episode begins.
  package mutating func reset() { steps = [:] }
}

/// Which frames around the present one a policy wants, counted in frames; nil for only the
/// present one, without a time axis.
///
/// LeRobot `datasets/factory.py`, `resolve_delta_timestamps`.
package struct DeltaIndices: Sendable, Equatable {
  package var observation: [Int]?
  package var action: [Int]?
  package var reward: [Int]?

  package init(observation: [Int]? = nil, action: [Int]? = nil, reward: [Int]? = nil) {
    self.observation = observation
    self.action = action
    self.reward = reward
  }

  /// The offsets of a feature, nil where it has none.
  package subscript(key: String) -> [Int]? {
    switch key {
    case "next.reward": reward
    case "action": action
    case _ where key.hasPrefix("observation."): observation
    default: nil
    }
  }
}

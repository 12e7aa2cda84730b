/// What training does with a tensor of a policy.
package enum ParameterRole: Sendable, Equatable {
  /// It has a gradient, and the optimizer changes it.
  case trained
  /// A parameter that stays as it was loaded: no gradient and no optimizer state, but the optimizer lists it.
  case frozen
  /// A parameter that the policy itself moves after each step, a target network's: no gradient and no
  /// optimizer state, but the optimizer lists it.
  case target
  /// Not a parameter in torch's sense: a running mean, a table. Forward passes may change it.
  case buffer

  /// Whether torch's optimizer lists it, with state or without.
  package var isListed: Bool { self != .buffer }
  /// Whether training changes it.
  package var moves: Bool { self == .trained || self == .target }
}

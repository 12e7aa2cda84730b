/// What training does with a tensor of a policy.
package enum ParameterRole: Sendable, Equatable {
  /// It has a gradient, and the optimizer changes it.
  case trained
  /// A parameter that stays as it was loaded: no gradient, no optimizer state.
  case frozen
  /// Not a parameter in torch's sense: a running mean, a table. Forward passes may change it.
  case buffer
}

/// The nonlinearity of a feed-forward block, under LeRobot's name.
package enum Activation: String, Sendable, CaseIterable {
  case relu, gelu, glu
}

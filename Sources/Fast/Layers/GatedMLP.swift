/// [gated-mlp]
package struct GatedMLP: Layer {
  /// W_g, [F, D].
  package let gate: Linear
  /// W_u, [F, D].
  package let up: Linear
  /// W_d, [D, F].
  package let down: Linear
  private let activation: @Sendable (Tensor) -> Tensor

  package init(
    width: Int, hiddenWidth: Int, activation: @escaping @Sendable (Tensor) -> Tensor,
    random: any RandomSource
  ) {
    gate = Linear(
      inputWidth: width, outputWidth: hiddenWidth, hasBias: false, random: random)
    up = Linear(
      inputWidth: width, outputWidth: hiddenWidth, hasBias: false, random: random)
    down = Linear(
      inputWidth: hiddenWidth, outputWidth: width, hasBias: false, random: random)
    self.activation = activation
  }

  package var parameters: NamedParameters {
    named(("gate_proj", gate), ("up_proj", up), ("down_proj", down))
  }

  /// - Parameter x: [..., D].
  /// - Returns: [..., D].
  package func callAsFunction(_ x: Tensor) -> Tensor { down(activation(gate(x)) * up(x)) }
}

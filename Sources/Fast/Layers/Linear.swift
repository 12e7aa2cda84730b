/// [linear]
package struct Linear: Layer {
  /// W, [O, I].
  package let weight: Parameter
  /// b, [O].
  package let bias: Parameter

  /// Draws the weight, then the bias.
  package init(inputWidth: Int, outputWidth: Int, random: any RandomSource) {
    let shape = [outputWidth, inputWidth]
    weight = Parameter(random.kaimingUniform(shape))
    bias = Parameter(random.defaultBias(shape))
  }

  package var parameters: NamedParameters { ["weight": weight, "bias": bias] }

  /// - Parameter x: [..., I].
  /// - Returns: [..., O].
  package func callAsFunction(_ x: Tensor) -> Tensor { x.linear(weight.variable, bias.variable) }
}

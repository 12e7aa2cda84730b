/// [linear]  y = xWᵀ + b.
///
/// torch `nn/modules/linear.py`, `Linear`.
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
  package func callAsFunction(_ x: Variable) -> Variable {
    linear(x, weight: weight.variable, bias: bias.variable)
  }
}

/// [linear] with a given weight [O, I] and bias [O].
func linear(_ x: Variable, weight: Variable, bias: Variable) -> Variable {
  let rows = x.reshaped([-1, weight.size(1)])
  let y = matmul(rows, weight.transposed) + bias
  return y.reshaped(Array(x.shape.dropLast()) + [weight.size(0)])
}

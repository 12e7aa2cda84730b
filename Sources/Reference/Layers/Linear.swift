import LeRobotCore

/// [linear]  y = xWᵀ + b, or without b.
///
/// torch `nn/modules/linear.py`, `Linear`.
package struct Linear: Layer {
  /// W, [O, I].
  package let weight: LinearWeight
  /// b, [O], where there is one.
  package let bias: Parameter?

  /// Draws the weight, then the bias.
  package init(
    inputWidth: Int, outputWidth: Int, hasBias: Bool = true, random: any RandomSource
  ) {
    let shape = [outputWidth, inputWidth]
    weight = LinearWeight(random.kaimingUniform(shape))
    bias = hasBias ? Parameter(random.defaultBias(shape)) : nil
  }

  package var parameters: NamedParameters {
    var all: NamedParameters = ["weight": weight]
    all["bias"] = bias
    return all + (weight.addition?.parameters ?? [:])
  }

  /// - Parameter x: [..., I].
  /// - Returns: [..., O].
  package func callAsFunction(_ x: Variable) -> Variable {
    let y = linear(x, weight: weight.variable, bias: bias?.variable)
    return weight.addition.map { y + $0(x) } ?? y
  }
}

/// [linear] with a given weight [O, I] and bias [O].
func linear(_ x: Variable, weight: Variable, bias: Variable?) -> Variable {
  let rows = x.reshaped([-1, weight.size(1)])
  let product = matmul(rows, weight.transposed)
  let y = bias.map { product + $0 } ?? product
  return y.reshaped(Array(x.shape.dropLast()) + [weight.size(0)])
}

/// [layer-norm]  y = γ · (x − μ)/√(σ² + ε) + β, with mean μ and variance σ² of each vector.
///
/// Ba et al. (arXiv:1607.06450), eq. 4; torch `nn/modules/normalization.py`, `LayerNorm`.
package struct LayerNorm: Layer {
  /// γ, [D].
  package let weight: Parameter
  /// β, [D].
  package let bias: Parameter
  private let epsilon: Double

  package init(width: Int, epsilon: Double = 1e-5) {
    weight = Parameter(.ones([width]))
    bias = Parameter(.zeros([width]))
    self.epsilon = epsilon
  }

  package var parameters: NamedParameters { ["weight": weight, "bias": bias] }

  /// - Parameter x: [..., D].
  /// - Returns: [..., D].
  package func callAsFunction(_ x: Variable) -> Variable {
    standardized(x, over: [-1], epsilon: epsilon) * weight.variable + bias.variable
  }
}

/// (x − μ)/√(σ² + ε), with μ and σ² over the given axes; σ² divides by their size.
func standardized(_ x: Variable, over axes: [Int], epsilon: Double) -> Variable {
  let centred = x - x.mean(axes, keepingAxes: true)
  let variance = centred.squared().mean(axes, keepingAxes: true)
  return centred / (variance + epsilon).squareRoot()
}

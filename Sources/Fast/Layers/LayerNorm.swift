/// [layer-norm]
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
  package func callAsFunction(_ x: Tensor) -> Tensor {
    x.layerNormalized(weight.variable, bias.variable, epsilon: epsilon)
  }
}

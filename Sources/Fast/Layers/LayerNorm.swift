/// [layer-norm]
package struct LayerNorm: Layer {
  /// γ, [D].
  package let weight: Parameter
  /// β, [D].
  package let bias: Parameter

  package init(width: Int) {
    weight = Parameter(.ones([width]))
    bias = Parameter(.zeros([width]))
  }

  package var parameters: NamedParameters { ["weight": weight, "bias": bias] }

  /// - Parameter x: [..., D].
  /// - Returns: [..., D].
  package func callAsFunction(_ x: Tensor) -> Tensor {
    x.layerNormalized(weight.variable, bias.variable, epsilon: 1e-5)
  }
}

/// [rms-norm]  y = w · x/√(1/D Σ x² + ε): a layer norm that leaves the mean where it is.
///
/// Zhang & Sennrich (arXiv:1910.07467), eq. 4; transformers `LlamaRMSNorm`.
package struct RMSNorm: Layer {
  /// w, [D].
  package let weight: Parameter
  private let epsilon: Double

  package init(width: Int, epsilon: Double) {
    weight = Parameter(.ones([width]))
    self.epsilon = epsilon
  }

  package var parameters: NamedParameters { ["weight": weight] }

  /// - Parameter x: [..., D].
  /// - Returns: [..., D].
  package func callAsFunction(_ x: Variable) -> Variable {
    let meanSquare = x.squared().mean([-1], keepingAxes: true)
    return x / (meanSquare + epsilon).squareRoot() * weight.variable
  }
}

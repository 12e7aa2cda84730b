/// [rms-norm]
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
  package func callAsFunction(_ x: Tensor) -> Tensor {
    x.rmsNormalized(weight.variable, epsilon: epsilon)
  }
}

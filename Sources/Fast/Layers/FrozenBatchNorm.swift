/// [frozen-batch-norm]  In torchvision's order of operations, so that float32 rounds alike.
package struct FrozenBatchNorm: Layer {
  /// γ, [C].
  package let weight: Parameter
  /// β, [C].
  package let bias: Parameter
  /// μ, [C].
  package let runningMean: Parameter
  /// σ², [C].
  package let runningVariance: Parameter

  /// The identity, up to ε.
  package init(channels: Int) {
    weight = Parameter(.ones([channels]), isTrained: false)
    bias = Parameter(.zeros([channels]), isTrained: false)
    runningMean = Parameter(.zeros([channels]), isTrained: false)
    runningVariance = Parameter(.ones([channels]), isTrained: false)
  }

  package var parameters: NamedParameters {
    [
      "weight": weight, "bias": bias, "running_mean": runningMean,
      "running_var": runningVariance,
    ]
  }

  /// - Parameter x: [B, C, H, W].
  /// - Returns: [B, C, H, W].
  package func callAsFunction(_ x: Tensor) -> Tensor {
    let scale = weight.value * (runningVariance.value + 1e-5).inverseSquareRoot()  // [C]
    let shift = bias.value - runningMean.value * scale  // [C]
    return x * scale.reshaped([1, -1, 1, 1]) + shift.reshaped([1, -1, 1, 1])
  }
}

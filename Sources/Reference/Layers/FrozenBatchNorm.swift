/// [frozen-batch-norm]  y = (x − μ) · γ/√(σ² + ε) + β with fixed μ, σ², γ, β per channel.
///
/// A batch norm that no longer learns. torchvision `ops/misc.py`, `FrozenBatchNorm2d`; ε = 1e-5.
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
    weight = Parameter(.ones([channels]), role: .buffer)
    bias = Parameter(.zeros([channels]), role: .buffer)
    runningMean = Parameter(.zeros([channels]), role: .buffer)
    runningVariance = Parameter(.ones([channels]), role: .buffer)
  }

  package var parameters: NamedParameters {
    [
      "weight": weight, "bias": bias, "running_mean": runningMean,
      "running_var": runningVariance,
    ]
  }

  /// - Parameter x: [B, C, H, W].
  /// - Returns: [B, C, H, W].
  package func callAsFunction(_ x: Variable) -> Variable {
    let scale = weight.value / (runningVariance.value + 1e-5).squareRoot()  // [C]
    let shift = bias.value - runningMean.value * scale  // [C]
    let channels = [scale.count, 1, 1]
    return x * Variable(scale.reshaped(channels)) + Variable(shift.reshaped(channels))
  }
}

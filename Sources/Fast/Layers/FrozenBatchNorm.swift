/// [frozen-batch-norm]  Folded into the convolution before it, unless LeRobot's rounding is asked for.
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

  /// γ / √(σ² + ε), [C].
  private var scale: Tensor { weight.value * (runningVariance.value + 1e-5).inverseSquareRoot() }

  /// The convolution and then the norm, in one pass over the picture: a factor and a shift for each
  /// channel are the same as another kernel with a bias. For LeRobot's rounding one after the other
  /// (Decision 0010).
  ///
  /// - Parameter x: [B, C′, H′, W′], what the convolution takes.
  /// - Returns: [B, C, H, W].
  package func callAsFunction(_ x: Tensor, after convolution: Convolution) -> Tensor {
    let scale = scale
    let shift = bias.value - runningMean.value * scale  // [C]
    switch Torch.rounding {
    case .fast:
      return convolution(x, scale: scale, shift: shift)
    case .asLeRobot:
      return convolution(x) * scale.reshaped([-1, 1, 1]) + shift.reshaped([-1, 1, 1])
    }
  }
}

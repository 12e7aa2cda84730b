/// [batch-norm]  y = γ_c · (x − μ_c)/√(σ_c² + ε) + β_c. In training μ and σ² are the batch's, over
/// all its pixels, and are remembered: μ̄ ← 0.9 μ̄ + 0.1 μ, σ̄² ← 0.9 σ̄² + 0.1 · m/(m − 1) · σ² for m
/// pixels. In evaluation they are what was remembered.
///
/// Ioffe & Szegedy (arXiv:1502.03167), algorithms 1 and 2; torch `nn/modules/batchnorm.py`,
/// `BatchNorm2d`; ε = 1e-5.
package struct BatchNorm: Layer {
  /// γ, [C].
  package let weight: Parameter
  /// β, [C].
  package let bias: Parameter
  /// μ̄, [C].
  package let runningMean: Parameter
  /// σ̄², [C].
  package let runningVariance: Parameter
  /// Batches seen in training, [].
  package let batchCount: Parameter

  /// The identity, up to ε.
  package init(channels: Int) {
    weight = Parameter(.ones([channels]))
    bias = Parameter(.zeros([channels]))
    runningMean = Parameter(.zeros([channels]), role: .buffer)
    runningVariance = Parameter(.ones([channels]), role: .buffer)
    batchCount = Parameter(.zeros([]), role: .buffer, storedAs: .int64)
  }

  package var parameters: NamedParameters {
    [
      "weight": weight, "bias": bias, "running_mean": runningMean,
      "running_var": runningVariance, "num_batches_tracked": batchCount,
    ]
  }

  /// - Parameters:
  ///   - x: [B, C, H, W].
  ///   - mode: in training it normalises by the batch and remembers it.
  /// - Returns: [B, C, H, W].
  package func callAsFunction(_ x: Variable, _ mode: Pass.Mode) -> Variable {
    let channels = [x.size(1), 1, 1]
    if mode == .train { remember(x.value) }
    let y =
      mode == .train
      ? standardized(x, over: [0, 2, 3], epsilon: 1e-5)
      : (x - Variable(runningMean.value.reshaped(channels)))
        / Variable((runningVariance.value + 1e-5).squareRoot().reshaped(channels))
    return y * weight.variable.reshaped(channels) + bias.variable.reshaped(channels)
  }

  /// Moves the running statistics a tenth of the way to those of a batch.
  private func remember(_ x: Tensor) {
    let count = Double(x.count / x.size(1))  // m
    let mean = x.mean([0, 2, 3])  // [C]
    let centred = x - mean.reshaped([x.size(1), 1, 1])
    let variance = (centred * centred).sum([0, 2, 3]) / (count - 1)  // [C]
    runningMean.value = 0.9 * runningMean.value + 0.1 * mean
    runningVariance.value = 0.9 * runningVariance.value + 0.1 * variance
    batchCount.value = batchCount.value + 1
  }
}

/// [batch-norm]  One call for both ways; in training libtorch writes the running statistics.
package struct BatchNorm: Layer {
  /// γ, [C].
  package let weight: Parameter
  /// β, [C].
  package let bias: Parameter
  /// μ, [C].
  package let runningMean: Parameter
  /// σ², [C].
  package let runningVariance: Parameter
  /// Batches seen in training, [], int64.
  package let batchCount: Parameter

  /// The identity, up to ε.
  package init(channels: Int) {
    weight = Parameter(.ones([channels]))
    bias = Parameter(.zeros([channels]))
    runningMean = Parameter(.zeros([channels]), role: .buffer)
    runningVariance = Parameter(.ones([channels]), role: .buffer)
    batchCount = Parameter(.zeros([], dataType: .int64), role: .buffer)
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
  package func callAsFunction(_ x: Tensor, _ mode: Pass.Mode) -> Tensor {
    if mode == .train {
      batchCount.value = batchCount.value + .ones([], dataType: .int64, device: x.device)
    }
    return x.batchNormalized(
      weight.variable, bias.variable, mean: runningMean.value, variance: runningVariance.value,
      isTraining: mode == .train, momentum: 0.1, epsilon: 1e-5)
  }
}

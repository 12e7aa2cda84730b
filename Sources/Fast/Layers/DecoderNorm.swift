import LeRobotCore

/// A norm before a part of a decoder's layer, of the kind that the model has.
package enum DecoderNorm: Layer {
  case llama(RMSNorm)
  case gemma(GemmaNorm)
  case conditioned(ConditionedNorm)

  /// Draws what a condition goes through.
  package init(_ sizes: DecoderSizes, random: any RandomSource) {
    let (width, epsilon) = (sizes.width, sizes.epsilon)
    self =
      switch sizes.kind {
      case .llama: .llama(RMSNorm(width: width, epsilon: epsilon))
      case .gemma: .gemma(GemmaNorm(width: width, epsilon: epsilon))
      case .conditionedGemma:
        .conditioned(ConditionedNorm(width: width, epsilon: epsilon, random: random))
      }
  }

  package var parameters: NamedParameters {
    switch self {
    case .llama(let norm): norm.parameters
    case .gemma(let norm): norm.parameters
    case .conditioned(let norm): norm.parameters
    }
  }

  /// - Parameters:
  ///   - x: [B, S, D].
  ///   - condition: [B, D], for norms that have one.
  /// - Returns: [B, S, D].
  package func callAsFunction(_ x: Tensor, condition: Tensor? = nil) -> Tensor {
    gated(x, condition: condition).normed
  }

  /// The same, and a factor of what the part adds, [B, 1, D]; nil for 1.
  package func gated(_ x: Tensor, condition: Tensor?) -> (normed: Tensor, gate: Tensor?) {
    switch self {
    case .llama(let norm): return (norm(x), nil)
    case .gemma(let norm): return (norm(x), nil)
    case .conditioned(let norm):
      guard let condition else { preconditionFailure("DecoderNorm: no condition") }
      return norm(x, condition: condition)
    }
  }
}

/// [gemma-norm]  In the weight's type, which is float32 beside narrow tokens.
package struct GemmaNorm: Layer {
  /// w, [D].
  package let weight: Parameter
  private let epsilon: Double

  package init(width: Int, epsilon: Double) {
    weight = Parameter(.ones([width]))
    self.epsilon = epsilon
  }

  package var parameters: NamedParameters { ["weight": weight] }

  /// - Parameter x: [..., D].
  /// - Returns: [..., D], in the same type.
  package func callAsFunction(_ x: Tensor) -> Tensor {
    x.to(weight.value.dataType).rmsNormalized(weight.variable + 1, epsilon: epsilon)
      .to(x.dataType)
  }
}

/// [conditioned-norm]  In the type of W, which is float32 beside narrow tokens.
package struct ConditionedNorm: Layer {
  /// W [3·D, D] and v [3·D].
  package let dense: Linear
  private let epsilon: Double

  /// Draws as a linear layer; the weight begins as zeros.
  package init(width: Int, epsilon: Double, random: any RandomSource) {
    dense = Linear(inputWidth: width, outputWidth: 3 * width, random: random)
    dense.weight.value = dense.weight.value.zeros()
    self.epsilon = epsilon
  }

  package var parameters: NamedParameters { named(("dense", dense)) }

  /// - Parameters:
  ///   - x: [B, S, D].
  ///   - condition: c, [B, D].
  /// - Returns: [B, S, D], and the gate, [B, 1, D], in the type of x.
  package func callAsFunction(
    _ x: Tensor, condition: Tensor
  ) -> (normed: Tensor, gate: Tensor) {
    let width = x.size(2)
    let all = dense(condition.to(dense.dataType)).reshaped([x.size(0), 1, 3 * width])
    let (scale, shift, gate) = (
      all.sliced(0..<width, axis: 2), all.sliced(width..<2 * width, axis: 2),
      all.sliced(2 * width..<3 * width, axis: 2)
    )
    let one = Tensor.ones([width], dataType: dense.dataType, device: x.device)
    let normed = x.to(dense.dataType).rmsNormalized(one, epsilon: epsilon)
    return ((normed * (scale + 1) + shift).to(x.dataType), gate.to(x.dataType))
  }
}

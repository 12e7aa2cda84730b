import LeRobotCore

/// [attention]  Scores, softmax, dropout and the sum over values are one operation, which keeps
/// q, k, v and the mask alone; the mask is drawn over [B·heads, Sq, Sk], as torch draws it with
/// `need_weights=True`. The average of the weights over the heads, which LeRobot throws away, is
/// not computed.
package struct MultiHeadAttention: Layer {
  /// The projections to queries, keys and values, one above the other: [3D, D].
  package let inputWeight: Parameter
  /// Their biases, [3D].
  package let inputBias: Parameter
  /// The projection of the joined heads.
  package let output: Linear
  /// Number of heads.
  package let headCount: Int
  /// Dropout of the attention weights.
  package let dropout: Dropout

  /// Draws the output projection first and the input projections last, as torch does.
  package init(width: Int, headCount: Int, dropout: Double, random: any RandomSource) {
    require(
      width % headCount == 0, "MultiHeadAttention: width \(width) for \(headCount) heads")
    output = Linear(inputWidth: width, outputWidth: width, random: random)
    output.bias?.value = .zeros([width])
    inputWeight = Parameter(random.xavierUniform([3 * width, width]))
    inputBias = Parameter(.zeros([3 * width]))
    self.headCount = headCount
    self.dropout = Dropout(probability: dropout)
  }

  package var parameters: NamedParameters {
    ["in_proj_weight": inputWeight, "in_proj_bias": inputBias] + named(("out_proj", output))
  }

  /// - Parameters:
  ///   - query: [Sq, B, D].
  ///   - key: [Sk, B, D].
  ///   - value: [Sk, B, D].
  ///   - keyPaddingMask: [B, Sk], true where a key must not be looked at.
  ///   - pass: draws the dropout mask, in training.
  /// - Returns: [Sq, B, D].
  package func callAsFunction(
    query: Tensor, key: Tensor, value: Tensor, keyPaddingMask: Tensor? = nil,
    _ pass: Pass
  ) -> Tensor {
    let (q, k, v) = (projected(query, 0), projected(key, 1), projected(value, 2))
    let headWidth = q.size(2) / headCount  // d
    let weightCounts = [q.size(1) * headCount, q.size(0), k.size(0)]  // [B·heads, Sq, Sk]
    return output(
      q.attending(
        to: k, v, forbidden: keyPaddingMask.map { forbidden($0, like: q) },
        kept: dropout.injectedMask(weightCounts, pass), headCount: headCount,
        scale: (1 / Double(headWidth)).squareRoot(),
        dropout: dropout.probability(in: pass)))
  }

  /// x times the `part`-th of the three input projections: [S, B, D].
  private func projected(_ x: Tensor, _ part: Int) -> Tensor {
    let width = x.size(2)
    let rows = part * width..<(part + 1) * width
    return x.linear(
      inputWeight.variable.sliced(rows, axis: 0), inputBias.variable.sliced(rows, axis: 0))
  }

  /// −∞ for forbidden keys: [B, Sk] from [B, Sk].
  private func forbidden(_ mask: Tensor, like x: Tensor) -> Tensor {
    Tensor.zeros(mask.shape, dataType: x.dataType, device: x.device)
      .filled(where: mask, with: -.infinity)
  }
}

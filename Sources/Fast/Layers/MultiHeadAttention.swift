/// [attention]  The path torch takes with `need_weights=True`, operation by operation, so that
/// the dropout of the weights is drawn over [B·heads, Sq, Sk] and float32 rounds alike; only the
/// average of the weights over the heads, which LeRobot throws away, is not computed.
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
    precondition(
      width % headCount == 0, "MultiHeadAttention: width \(width) for \(headCount) heads")
    output = Linear(inputWidth: width, outputWidth: width, random: random)
    output.bias.value = .zeros([width])
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
  ///   - random: draws the dropout mask; nil in evaluation.
  /// - Returns: [Sq, B, D].
  package func callAsFunction(
    query: Tensor, key: Tensor, value: Tensor, keyPaddingMask: Tensor? = nil,
    random: (any RandomSource)?
  ) -> Tensor {
    let q = heads(projected(query, 0))  // [B·heads, Sq, d]
    let k = heads(projected(key, 1))  // [B·heads, Sk, d]
    let v = heads(projected(value, 2))  // [B·heads, Sk, d]
    let scaled = q * (1 / Double(q.size(2))).squareRoot()
    let scores =  // [B·heads, Sq, Sk]
      keyPaddingMask.map {
        matmul(scaled, k.transposed(1, 2), plus: forbidden($0, like: scaled))
      } ?? matmul(scaled, k.transposed(1, 2))
    let weights = dropout(scores.softmax(), random: random)
    return output(joined(matmul(weights, v), batch: query.size(1)))
  }

  /// x times the `part`-th of the three input projections: [S, B, D].
  private func projected(_ x: Tensor, _ part: Int) -> Tensor {
    let width = x.size(2)
    let rows = part * width..<(part + 1) * width
    return x.linear(inputWeight.value.sliced(rows, axis: 0), inputBias.value.sliced(rows, axis: 0))
  }

  /// [S, B, D] as one matrix per sample and head: [B·heads, S, d].
  private func heads(_ x: Tensor) -> Tensor {
    x.reshaped([x.size(0), x.size(1) * headCount, -1]).transposed(0, 1)
  }

  /// [B·heads, S, d] with the heads side by side again: [S, B, D].
  private func joined(_ x: Tensor, batch: Int) -> Tensor {
    x.transposed(0, 1).reshaped([x.size(1), batch, -1])
  }

  /// −∞ for forbidden keys, for each head: [B·heads, 1, Sk] from [B, Sk].
  private func forbidden(_ mask: Tensor, like x: Tensor) -> Tensor {
    let (batch, keys) = (mask.size(0), mask.size(1))
    return Tensor.zeros([batch, keys], dataType: x.dataType, device: x.device)
      .filled(where: mask, with: -.infinity).reshaped([batch, 1, keys])
      .broadcast(to: [batch, headCount, keys]).reshaped([batch * headCount, 1, keys])
  }
}

import LeRobotCore

/// [attention]  Attention(Q, K, V) = softmax(QKᵀ/√d) V in each head of width d, the heads' results
/// joined and projected.
///
/// Vaswani et al. (arXiv:1706.03762), §3.2; torch `nn/functional.py`,
/// `multi_head_attention_forward` with `need_weights=True`, whose dropout of the weights is drawn
/// over [B·heads, Sq, Sk].
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
  ///   - keyPaddingMask: [B, Sk], 1 where a key must not be looked at.
  ///   - pass: draws the dropout mask, in training.
  /// - Returns: [Sq, B, D].
  package func callAsFunction(
    query: Variable, key: Variable, value: Variable, keyPaddingMask: Tensor? = nil,
    _ pass: Pass
  ) -> Variable {
    let q = heads(projected(query, 0))  // [B·heads, Sq, d]
    let k = heads(projected(key, 1))  // [B·heads, Sk, d]
    let v = heads(projected(value, 2))  // [B·heads, Sk, d]
    var scores = matmul(q, k.transposed) / Double(q.size(2)).squareRoot()  // [B·heads, Sq, Sk]
    if let keyPaddingMask { scores = scores + Variable(forbidden(keyPaddingMask)) }
    let weights = dropout(scores.softmax(), pass)
    return output(joined(matmul(weights, v), batch: query.size(1)))
  }

  /// x times the `part`-th of the three input projections: [S, B, D].
  private func projected(_ x: Variable, _ part: Int) -> Variable {
    let width = x.size(2)
    let rows = part * width..<(part + 1) * width
    return linear(
      x, weight: inputWeight.variable.sliced(rows, axis: 0),
      bias: inputBias.variable.sliced(rows, axis: 0))
  }

  /// [S, B, D] as one matrix per sample and head: [B·heads, S, d].
  private func heads(_ x: Variable) -> Variable {
    x.reshaped([x.size(0), x.size(1) * headCount, -1]).permuted([1, 0, 2])
  }

  /// [B·heads, S, d] with the heads side by side again: [S, B, D].
  private func joined(_ x: Variable, batch: Int) -> Variable {
    x.permuted([1, 0, 2]).reshaped([x.size(1), batch, -1])
  }

  /// −∞ for forbidden keys, for each head: [B·heads, 1, Sk] from [B, Sk].
  private func forbidden(_ mask: Tensor) -> Tensor {
    let (batch, keys) = (mask.size(0), mask.size(1))
    return mask.map { $0 == 0 ? 0 : -.infinity }.reshaped([batch, 1, keys])
      .broadcast(to: [batch, headCount, keys]).reshaped([batch * headCount, 1, keys])
  }
}

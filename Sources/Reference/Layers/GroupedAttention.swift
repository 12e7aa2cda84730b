/// [grouped-attention]  softmax(QKᵀ/√d) V, in which each of G heads of keys and values serves H/G heads of
/// queries in a row. A query that may look at no key gets the mean of all values.
///
/// Ainslie et al. (arXiv:2305.13245), §2.2; LeRobot `eager_attention_forward`.
///
/// - Parameters:
///   - query: [B, Sq, H, d].
///   - key: [B, Sk, G, d].
///   - value: [B, Sk, G, d].
///   - mask: 1 where a query may look at a key, else 0, [B, Sq, Sk]; nil where all may.
/// - Returns: the heads' results side by side, [B, Sq, H·d].
package func groupedAttention(
  query: Variable, key: Variable, value: Variable, mask: Tensor? = nil
) -> Variable {
  let (batch, queries, heads, width) = (
    query.size(0), query.size(1), query.size(2), query.size(3)
  )
  let groups = key.size(2)
  precondition(heads % groups == 0, "groupedAttention: \(heads) heads for \(groups) key heads")
  // The queries that share a head of keys stand one above the other: [B·G, H/G·Sq, d].
  let q = query.permuted([0, 2, 1, 3]).reshaped([batch * groups, -1, width])
  let k = key.permuted([0, 2, 1, 3]).reshaped([batch * groups, -1, width])
  let v = value.permuted([0, 2, 1, 3]).reshaped([batch * groups, -1, width])
  var scores = matmul(q, k.transposed) / Double(width).squareRoot()  // [B·G, H/G·Sq, Sk]
  if let mask {
    // As in LeRobot the least number stands for −∞, so that a row without any key is uniform.
    let forbidden = mask.map { $0 == 0 ? -Double(Float.greatestFiniteMagnitude) : 0 }
      .reshaped([batch, 1, queries, key.size(1)])
      .broadcast(to: [batch, heads, queries, key.size(1)]).reshaped(scores.shape)
    scores = scores * Variable(forbidden.map { $0 == 0 ? 1 : 0 }) + Variable(forbidden)
  }
  return matmul(scores.softmax(), v).reshaped([batch, heads, queries, width])
    .permuted([0, 2, 1, 3]).reshaped([batch, queries, heads * width])
}

/// [grouped-attention]  One operation, which keeps no scores.
///
/// What a query that may look at no key passes back is wrong: libtorch keeps the logarithm of a sum, in
/// which the least number swallows the count of the keys. Nothing looks at such a query, so that no
/// gradient reaches it.
///
/// - Parameters:
///   - query: [B, Sq, H, d].
///   - key: [B, Sk, G, d].
///   - value: [B, Sk, G, d].
///   - mask: whether a query may look at a key, bool, [B, Sq, Sk]; nil where all may.
/// - Returns: the heads' results side by side, [B, Sq, H·d].
package func groupedAttention(
  query: Tensor, key: Tensor, value: Tensor, mask: Tensor? = nil
) -> Tensor {
  let (batch, queries, heads, width) = (
    query.size(0), query.size(1), query.size(2), query.size(3)
  )
  let groups = key.size(2)
  require(heads % groups == 0, "groupedAttention: \(heads) heads for \(groups) key heads")
  // Beside so small a number no score counts, so that a row without any key is uniform.
  let bias = mask.map {
    Tensor.zeros([batch, 1, queries, key.size(1)], dataType: key.dataType, device: query.device)
      .filled(
        where: $0.negated().expanded(axis: 1), with: -3e38)
  }
  return query.to(key.dataType).transposed(1, 2).attendingInGroups(
    to: key.transposed(1, 2), value.transposed(1, 2), bias: bias
  ).transposed(1, 2).reshaped([batch, queries, heads * width])
}

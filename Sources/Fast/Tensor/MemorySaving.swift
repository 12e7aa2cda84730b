/// Whether parts of a network are computed again for their gradients, `gradient_checkpointing`.
package struct MemorySaving {
  package let isOn: Bool

  /// A part of a network: computed as it is, or kept as its inputs alone.
  ///
  /// - Parameters:
  ///   - count: how many tensors `body` returns.
  ///   - isTrained: whether there will be gradients of anything in it; without, nothing is kept anyway.
  package func part(
    _ inputs: [Tensor], count: Int, isTrained: Bool, _ body: @escaping ([Tensor]) -> [Tensor]
  ) -> [Tensor] {
    isOn && isTrained ? recomputed(inputs, count: count, body) : body(inputs)
  }
}

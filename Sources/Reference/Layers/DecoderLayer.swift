import LeRobotCore

/// Queries, keys and values of some tokens.
package struct AttentionInputs {
  /// At the tokens' positions, [B, S, H, d].
  package let query: Variable
  /// At the tokens' positions, [B, S, G, d].
  package let key: Variable
  /// [B, S, G, d].
  package let value: Variable
  /// A factor of what attention adds to the tokens, [B, 1, D]; nil for 1.
  package let gate: Variable?
}

/// [decoder-layer]  h = x + g₁ W_o attention(norm₁ x); y = h + g₂ mlp(norm₂ h), where the gates g are 1 but for
/// norms with a condition.
///
/// It comes in two halves, since policies let the tokens of two models look at each other in between.
/// Touvron et al. (arXiv:2302.13971), §2.2; transformers `LlamaDecoderLayer`, `GemmaDecoderLayer`.
package struct DecoderLayer: Layer {
  /// D → H·d.
  package let query: Linear
  /// D → G·d.
  package let key: Linear
  /// D → G·d.
  package let value: Linear
  /// H·d → D.
  package let output: Linear
  package let mlp: GatedMLP
  package let attentionNorm: DecoderNorm
  package let mlpNorm: DecoderNorm
  private let headWidth: Int

  private init(_ layer: DecoderLayer, key: Linear, value: Linear) {
    (query, self.key, self.value, output) = (layer.query, key, value, layer.output)
    (mlp, attentionNorm, mlpNorm) = (layer.mlp, layer.attentionNorm, layer.mlpNorm)
    headWidth = layer.headWidth
  }

  /// The same with other projections to keys and values.
  package func replacing(key: Linear, value: Linear) -> DecoderLayer {
    DecoderLayer(self, key: key, value: value)
  }

  /// Draws in the order of the parameters.
  package init(_ sizes: DecoderSizes, random: any RandomSource) {
    let (all, groups) = (
      sizes.headCount * sizes.headWidth, sizes.keyHeadCount * sizes.headWidth
    )
    func projection(_ input: Int, _ output: Int) -> Linear {
      Linear(inputWidth: input, outputWidth: output, hasBias: false, random: random)
    }
    query = projection(sizes.width, all)
    key = projection(sizes.width, groups)
    value = projection(sizes.width, groups)
    output = projection(all, sizes.width)
    mlp = GatedMLP(
      width: sizes.width, hiddenWidth: sizes.hiddenWidth,
      activation: sizes.kind == .llama ? silu : geluByTanh, random: random)
    attentionNorm = DecoderNorm(sizes, random: random)
    mlpNorm = DecoderNorm(sizes, random: random)
    headWidth = sizes.headWidth
  }

  package var parameters: NamedParameters {
    named(
      ("self_attn.q_proj", query), ("self_attn.k_proj", key), ("self_attn.v_proj", value),
      ("self_attn.o_proj", output), ("mlp", mlp), ("input_layernorm", attentionNorm),
      ("post_attention_layernorm", mlpNorm))
  }

  /// Queries and keys at their positions, and values, of norm₁ x.
  ///
  /// - Parameters:
  ///   - x: [B, S, D].
  ///   - rotary: of the tokens' positions.
  ///   - condition: of norms that have one, [B, D].
  package func attentionInputs(
    _ x: Variable, _ rotary: Rotary, condition: Variable? = nil
  ) -> AttentionInputs {
    let (normed, gate) = attentionNorm.gated(x, condition: condition)
    return AttentionInputs(
      query: rotary(heads(query(normed))), key: rotary(heads(key(normed))),
      value: heads(value(normed)), gate: gate)
  }

  /// The rest of the layer.
  ///
  /// - Parameters:
  ///   - x: the layer's input, [B, S, D].
  ///   - attended: the heads' results side by side, [B, S, H·d].
  ///   - gate: of what they add, [B, 1, D]; nil for 1.
  ///   - condition: of norms that have one, [B, D].
  /// - Returns: [B, S, D].
  package func finished(
    _ x: Variable, attended: Variable, gate: Variable? = nil, condition: Variable? = nil
  ) -> Variable {
    let h = x + gated(output(attended), by: gate)
    let (normed, ofMLP) = mlpNorm.gated(h, condition: condition)
    return h + gated(mlp(normed), by: ofMLP)
  }

  private func gated(_ x: Variable, by gate: Variable?) -> Variable { gate.map { x * $0 } ?? x }

  /// [B, S, H·d] as [B, S, H, d].
  package func heads(_ x: Variable) -> Variable {
    x.reshaped([x.size(0), x.size(1), -1, headWidth])
  }

  /// Queries alone, at their positions, of norm₁ x.
  ///
  /// - Parameter x: [B, S, D].
  /// - Returns: [B, S, H, d].
  package func queries(_ x: Variable, _ rotary: Rotary) -> Variable {
    rotary(heads(query(attentionNorm(x))))
  }
}

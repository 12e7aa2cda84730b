import LeRobotCore

/// Queries, keys and values of some tokens.
package struct AttentionInputs {
  /// At the tokens' positions, [B, S, H, d].
  package let query: Tensor
  /// At the tokens' positions, [B, S, G, d].
  package let key: Tensor
  /// [B, S, G, d].
  package let value: Tensor
  /// A factor of what attention adds to the tokens, [B, 1, D]; nil for 1.
  package let gate: Tensor?
}

/// [decoder-layer]
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
    _ x: Tensor, _ rotary: Rotary, condition: Tensor? = nil
  ) -> AttentionInputs {
    let (normed, gate) = attentionNorm.gated(x, condition: condition)
    let input = normed.to(query.dataType)
    return AttentionInputs(
      query: rotary(heads(query(input))), key: rotary(heads(key(input))),
      value: heads(value(input)), gate: gate)
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
    _ x: Tensor, attended: Tensor, gate: Tensor? = nil, condition: Tensor? = nil
  ) -> Tensor {
    let h = (x + gated(output(attended.to(output.dataType)), by: gate)).to(output.dataType)
    let (normed, ofMLP) = mlpNorm.gated(h, condition: condition)
    return h + gated(mlp(normed), by: ofMLP)
  }

  private func gated(_ x: Tensor, by gate: Tensor?) -> Tensor { gate.map { x * $0 } ?? x }

  /// [B, S, H·d] as [B, S, H, d].
  package func heads(_ x: Tensor) -> Tensor {
    x.reshaped([x.size(0), x.size(1), -1, headWidth])
  }

  /// Queries alone, at their positions, of norm₁ x.
  ///
  /// - Parameter x: [B, S, D].
  /// - Returns: [B, S, H, d].
  package func queries(_ x: Tensor, _ rotary: Rotary) -> Tensor {
    rotary(heads(query(attentionNorm(x).to(query.dataType))))
  }
}

import LeRobotCore

/// Queries, keys and values of some tokens: [B, S, H, d] and [B, S, G, d] twice.
package typealias AttentionInputs = (query: Tensor, key: Tensor, value: Tensor)

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
  package let attentionNorm: RMSNorm
  package let mlpNorm: RMSNorm
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
      width: sizes.width, hiddenWidth: sizes.hiddenWidth, activation: silu, random: random)
    attentionNorm = RMSNorm(width: sizes.width, epsilon: sizes.epsilon)
    mlpNorm = RMSNorm(width: sizes.width, epsilon: sizes.epsilon)
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
  package func attentionInputs(_ x: Tensor, _ rotary: Rotary) -> AttentionInputs {
    let normed = attentionNorm(x).to(query.dataType)
    return (rotary(heads(query(normed))), rotary(heads(key(normed))), heads(value(normed)))
  }

  /// The rest of the layer.
  ///
  /// - Parameters:
  ///   - x: the layer's input, [B, S, D].
  ///   - attended: the heads' results side by side, [B, S, H·d].
  /// - Returns: [B, S, D].
  package func finished(_ x: Tensor, attended: Tensor) -> Tensor {
    let h = (x + output(attended.to(output.dataType))).to(output.dataType)
    return h + mlp(mlpNorm(h))
  }

  /// [B, S, H·d] as [B, S, H, d].
  package func heads(_ x: Tensor) -> Tensor {
    x.reshaped([x.size(0), x.size(1), -1, headWidth])
  }
}

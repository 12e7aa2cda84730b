import LeRobotCore

// The transformer of DETR (Carion et al., arXiv:2005.12872, App. A.4): positions are added to
// queries and keys of every attention, never to values.

/// [ACT-encoder]  A stack of encoder layers, normalised at the end if norms come first.
package struct ACTEncoder: Layer {
  /// In order.
  package let layers: [ACTEncoderLayer]
  /// Where norms come first.
  package let norm: LayerNorm?

  package init(_ config: ACTConfig, layerCount: Int, random: any RandomSource) {
    layers = (0..<layerCount).map { _ in ACTEncoderLayer(config, random: random) }
    norm = config.preNorm ? LayerNorm(width: config.modelWidth) : nil
  }

  package var parameters: NamedParameters {
    layers.enumerated().reduce([:]) { $0 + named(("layers.\($1.offset)", $1.element)) }
      + named(("norm", norm))
  }

  /// - Parameters:
  ///   - x: tokens [S, B, D].
  ///   - positions: [S, 1, D].
  ///   - keyPaddingMask: [B, S], 1 where attention must not look.
  /// - Returns: [S, B, D].
  package func callAsFunction(
    _ x: Variable, positions: Variable, keyPaddingMask: Tensor? = nil,
    _ pass: Pass
  ) -> Variable {
    let y = layers.reduce(x) {
      $1($0, positions: positions, keyPaddingMask: keyPaddingMask, pass)
    }
    return norm.map { $0(y) } ?? y
  }
}

/// Self-attention and a feed-forward network, each added to its input.
package struct ACTEncoderLayer: Layer {
  /// Tokens look at each other.
  package let selfAttention: MultiHeadAttention
  /// Each token by itself.
  package let feedForward: ACTFeedForward
  /// Around the attention.
  package let norm1: LayerNorm
  /// Around the feed-forward network.
  package let norm2: LayerNorm
  private let residual: ACTResidual

  package init(_ config: ACTConfig, random: any RandomSource) {
    selfAttention = MultiHeadAttention(config, random: random)
    feedForward = ACTFeedForward(config, random: random)
    norm1 = LayerNorm(width: config.modelWidth)
    norm2 = LayerNorm(width: config.modelWidth)
    residual = ACTResidual(config)
  }

  package var parameters: NamedParameters {
    named(("self_attn", selfAttention)) + feedForward.parameters
      + named(("norm1", norm1), ("norm2", norm2))
  }

  /// [ACT-encoder-layer]  x ← x + Attention(x + P, x + P, x),  x ← x + FFN(x).
  package func callAsFunction(
    _ x: Variable, positions: Variable, keyPaddingMask: Tensor?, _ pass: Pass
  ) -> Variable {
    let y = residual(x, norm1, pass) {
      selfAttention(
        query: $0 + positions, key: $0 + positions, value: $0, keyPaddingMask: keyPaddingMask,
        pass)
    }
    return residual(y, norm2, pass) { feedForward($0, pass) }
  }
}

/// [ACT-decoder]  A stack of decoder layers, normalised at the end.
package struct ACTDecoder: Layer {
  /// In order. One by default, since only the first of the original's seven is ever used (Q-ACT-2).
  package let layers: [ACTDecoderLayer]
  /// After the last layer, whether or not norms come first.
  package let norm: LayerNorm

  package init(_ config: ACTConfig, random: any RandomSource) {
    layers = (0..<config.decoderLayerCount).map { _ in ACTDecoderLayer(config, random: random) }
    norm = LayerNorm(width: config.modelWidth)
  }

  package var parameters: NamedParameters {
    layers.enumerated().reduce([:]) { $0 + named(("layers.\($1.offset)", $1.element)) }
      + named(("norm", norm))
  }

  /// - Parameters:
  ///   - x: queries [k, B, D].
  ///   - memory: the encoder's output [S, B, D].
  ///   - memoryPositions: [S, 1, D].
  ///   - queryPositions: [k, 1, D].
  /// - Returns: [k, B, D].
  package func callAsFunction(
    _ x: Variable, memory: Variable, memoryPositions: Variable, queryPositions: Variable,
    _ pass: Pass
  ) -> Variable {
    norm(
      layers.reduce(x) {
        $1(
          $0, memory: memory, memoryPositions: memoryPositions, queryPositions: queryPositions,
          pass)
      })
  }
}

/// Self-attention of the queries, attention to the encoder's output, a feed-forward network, each
/// added to its input.
package struct ACTDecoderLayer: Layer {
  /// Queries look at each other.
  package let selfAttention: MultiHeadAttention
  /// Queries look at the observation.
  package let crossAttention: MultiHeadAttention
  /// Each query by itself.
  package let feedForward: ACTFeedForward
  /// Around the self-attention.
  package let norm1: LayerNorm
  /// Around the cross-attention.
  package let norm2: LayerNorm
  /// Around the feed-forward network.
  package let norm3: LayerNorm
  private let residual: ACTResidual

  package init(_ config: ACTConfig, random: any RandomSource) {
    selfAttention = MultiHeadAttention(config, random: random)
    crossAttention = MultiHeadAttention(config, random: random)
    feedForward = ACTFeedForward(config, random: random)
    norm1 = LayerNorm(width: config.modelWidth)
    norm2 = LayerNorm(width: config.modelWidth)
    norm3 = LayerNorm(width: config.modelWidth)
    residual = ACTResidual(config)
  }

  package var parameters: NamedParameters {
    named(("self_attn", selfAttention), ("multihead_attn", crossAttention))
      + feedForward.parameters + named(("norm1", norm1), ("norm2", norm2), ("norm3", norm3))
  }

  /// [ACT-decoder-layer]  x ← x + Attention(x + Q, x + Q, x),
  ///   x ← x + Attention(x + Q, memory + P, memory),  x ← x + FFN(x).
  package func callAsFunction(
    _ x: Variable, memory: Variable, memoryPositions: Variable, queryPositions: Variable,
    _ pass: Pass
  ) -> Variable {
    let looked = residual(x, norm1, pass) {
      selfAttention(
        query: $0 + queryPositions, key: $0 + queryPositions, value: $0, pass)
    }
    let informed = residual(looked, norm2, pass) {
      crossAttention(
        query: $0 + queryPositions, key: memory + memoryPositions, value: memory, pass)
    }
    return residual(informed, norm3, pass) { feedForward($0, pass) }
  }
}

/// [ACT-feed-forward]  FFN(x) = W₂ · dropout(f(W₁x + b₁)) + b₂.
package struct ACTFeedForward: Layer {
  /// D → F.
  package let linear1: Linear
  /// F → D.
  package let linear2: Linear
  private let activation: Activation
  private let dropout: Dropout

  package init(_ config: ACTConfig, random: any RandomSource) {
    linear1 = Linear(
      inputWidth: config.modelWidth, outputWidth: config.feedForwardWidth, random: random)
    linear2 = Linear(
      inputWidth: config.feedForwardWidth, outputWidth: config.modelWidth, random: random)
    guard let activation = Activation(rawValue: config.feedForwardActivation) else {
      preconditionFailure("\(config.feedForwardActivation) is no activation of this module")
    }
    self.activation = activation
    dropout = Dropout(probability: config.dropout)
  }

  package var parameters: NamedParameters { named(("linear1", linear1), ("linear2", linear2)) }

  /// - Parameter x: [S, B, D].
  /// - Returns: [S, B, D].
  package func callAsFunction(_ x: Variable, _ pass: Pass) -> Variable {
    linear2(dropout(activation(linear1(x)), pass))
  }
}

/// [ACT-residual]  What surrounds every function F of a layer: x ← LN(x + dropout(F(x))), or with
/// norms first x ← x + dropout(F(LN(x))). Xiong et al. (arXiv:2002.04745), figure 1.
package struct ACTResidual {
  private let normsFirst: Bool
  private let dropout: Dropout

  package init(_ config: ACTConfig) {
    normsFirst = config.preNorm
    dropout = Dropout(probability: config.dropout)
  }

  /// - Parameters:
  ///   - x: [S, B, D].
  ///   - function: F.
  /// - Returns: [S, B, D].
  package func callAsFunction(
    _ x: Variable, _ norm: LayerNorm, _ pass: Pass,
    _ function: (Variable) -> Variable
  ) -> Variable {
    normsFirst
      ? x + dropout(function(norm(x)), pass)
      : norm(x + dropout(function(x), pass))
  }
}

extension MultiHeadAttention {
  /// The attention a configuration describes.
  init(_ config: ACTConfig, random: any RandomSource) {
    self.init(
      width: config.modelWidth, headCount: config.headCount, dropout: config.dropout,
      random: random)
  }
}

import LeRobotCore

/// [ACT-encoder]
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
  ///   - keyPaddingMask: [B, S], true where attention must not look.
  /// - Returns: [S, B, D].
  package func callAsFunction(
    _ x: Tensor, positions: Tensor, keyPaddingMask: Tensor? = nil,
    _ pass: Pass
  ) -> Tensor {
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

  /// [ACT-encoder-layer]
  package func callAsFunction(
    _ x: Tensor, positions: Tensor, keyPaddingMask: Tensor?, _ pass: Pass
  ) -> Tensor {
    let y = residual(x, norm1, pass) {
      let placed = $0 + positions
      return selfAttention(
        query: placed, key: placed, value: $0, keyPaddingMask: keyPaddingMask, pass)
    }
    return residual(y, norm2, pass) { feedForward($0, pass) }
  }
}

/// [ACT-decoder]
package struct ACTDecoder: Layer {
  /// In order.
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
    _ x: Tensor, memory: Tensor, memoryPositions: Tensor, queryPositions: Tensor,
    _ pass: Pass
  ) -> Tensor {
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

  /// [ACT-decoder-layer]
  package func callAsFunction(
    _ x: Tensor, memory: Tensor, memoryPositions: Tensor, queryPositions: Tensor,
    _ pass: Pass
  ) -> Tensor {
    let looked = residual(x, norm1, pass) {
      let placed = $0 + queryPositions
      return selfAttention(query: placed, key: placed, value: $0, pass)
    }
    let informed = residual(looked, norm2, pass) {
      crossAttention(
        query: $0 + queryPositions, key: memory + memoryPositions, value: memory, pass)
    }
    return residual(informed, norm3, pass) { feedForward($0, pass) }
  }
}

/// [ACT-feed-forward]
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
      FatalFailure.inconsistent("\(config.feedForwardActivation) is no activation of this module")
        .end()
    }
    self.activation = activation
    dropout = Dropout(probability: config.dropout)
  }

  package var parameters: NamedParameters { named(("linear1", linear1), ("linear2", linear2)) }

  /// - Parameter x: [S, B, D].
  /// - Returns: [S, B, D].
  package func callAsFunction(_ x: Tensor, _ pass: Pass) -> Tensor {
    linear2(dropout(activation, of: linear1(x), pass))
  }
}

/// [ACT-residual]  The dropout and the norm around every function F of a layer.
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
    _ x: Tensor, _ norm: LayerNorm, _ pass: Pass,
    _ function: (Tensor) -> Tensor
  ) -> Tensor {
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

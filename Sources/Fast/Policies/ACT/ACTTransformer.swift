import LeRobotCore

/// [ACT-encoder]
package struct ACTEncoder: Layer {
  package let layers: [ACTEncoderLayer]
  /// After the last layer, with pre-norm only.
  package let norm: LayerNorm?

  package init(_ config: ACTConfig, layerCount: Int, random: any RandomSource) {
    layers = (0..<layerCount).map { _ in ACTEncoderLayer(config, random: random) }
    norm = config.preNorm ? LayerNorm(width: config.modelWidth) : nil
  }

  package var parameters: NamedParameters {
    named(layers.enumerated().map { ("layers.\($0.offset)", $0.element) }) + named(("norm", norm))
  }

  /// - Parameters:
  ///   - x: tokens [S, B, D].
  ///   - positions: [S, 1, D], added to queries and keys.
  ///   - keyPaddingMask: [B, S], true where a token must not be looked at.
  /// - Returns: [S, B, D].
  package func callAsFunction(
    _ x: Tensor, positions: Tensor, keyPaddingMask: Tensor? = nil, random: (any RandomSource)?
  ) -> Tensor {
    let y = layers.reduce(x) {
      $1($0, positions: positions, keyPaddingMask: keyPaddingMask, random: random)
    }
    return norm.map { $0(y) } ?? y
  }
}

/// [ACT-encoder-layer]  Self-attention and a feed-forward block, each with dropout, skip and norm.
package struct ACTEncoderLayer: Layer {
  package let selfAttention: MultiHeadAttention
  package let feedForward: ACTFeedForward
  package let attentionNorm: LayerNorm
  package let feedForwardNorm: LayerNorm
  package let dropout: Dropout
  /// Whether a norm precedes its block instead of following the skip.
  package let preNorm: Bool

  package init(_ config: ACTConfig, random: any RandomSource) {
    selfAttention = MultiHeadAttention(
      width: config.modelWidth, headCount: config.headCount, dropout: config.dropout,
      random: random)
    feedForward = ACTFeedForward(config, random: random)
    attentionNorm = LayerNorm(width: config.modelWidth)
    feedForwardNorm = LayerNorm(width: config.modelWidth)
    dropout = Dropout(probability: config.dropout)
    preNorm = config.preNorm
  }

  package var parameters: NamedParameters {
    named(("self_attn", selfAttention)) + feedForward.parameters
      + named(("norm1", attentionNorm), ("norm2", feedForwardNorm))
  }

  /// - Returns: [S, B, D], the shape of `x`.
  package func callAsFunction(
    _ x: Tensor, positions: Tensor, keyPaddingMask: Tensor?, random: (any RandomSource)?
  ) -> Tensor {
    func attend(_ x: Tensor) -> Tensor {
      let placed = x + positions
      return selfAttention(
        query: placed, key: placed, value: x, keyPaddingMask: keyPaddingMask, random: random)
    }
    if preNorm {
      let y = x + dropout(attend(attentionNorm(x)), random: random)
      return y + dropout(feedForward(feedForwardNorm(y), random: random), random: random)
    }
    let y = attentionNorm(x + dropout(attend(x), random: random))
    return feedForwardNorm(y + dropout(feedForward(y, random: random), random: random))
  }
}

/// [ACT-decoder]
package struct ACTDecoder: Layer {
  package let layers: [ACTDecoderLayer]
  /// After the last layer, always.
  package let norm: LayerNorm

  package init(_ config: ACTConfig, random: any RandomSource) {
    layers = (0..<config.decoderLayerCount).map { _ in ACTDecoderLayer(config, random: random) }
    norm = LayerNorm(width: config.modelWidth)
  }

  package var parameters: NamedParameters {
    named(layers.enumerated().map { ("layers.\($0.offset)", $0.element) }) + named(("norm", norm))
  }

  /// - Parameters:
  ///   - x: one token per action [T, B, D].
  ///   - memory: what the encoder made [S, B, D].
  ///   - positions: of the actions [T, 1, D].
  ///   - memoryPositions: [S, 1, D].
  /// - Returns: [T, B, D].
  package func callAsFunction(
    _ x: Tensor, memory: Tensor, positions: Tensor, memoryPositions: Tensor,
    random: (any RandomSource)?
  ) -> Tensor {
    let placedMemory = memory + memoryPositions
    return norm(
      layers.reduce(x) {
        $1(
          $0, memory: memory, placedMemory: placedMemory, positions: positions, random: random)
      })
  }
}

/// [ACT-decoder-layer]  Self-attention, attention to the encoder's memory, and a feed-forward block.
package struct ACTDecoderLayer: Layer {
  package let selfAttention: MultiHeadAttention
  package let memoryAttention: MultiHeadAttention
  package let feedForward: ACTFeedForward
  package let selfNorm: LayerNorm
  package let memoryNorm: LayerNorm
  package let feedForwardNorm: LayerNorm
  package let dropout: Dropout
  /// Whether a norm precedes its block instead of following the skip.
  package let preNorm: Bool

  package init(_ config: ACTConfig, random: any RandomSource) {
    func attention() -> MultiHeadAttention {
      MultiHeadAttention(
        width: config.modelWidth, headCount: config.headCount, dropout: config.dropout,
        random: random)
    }
    selfAttention = attention()
    memoryAttention = attention()
    feedForward = ACTFeedForward(config, random: random)
    selfNorm = LayerNorm(width: config.modelWidth)
    memoryNorm = LayerNorm(width: config.modelWidth)
    feedForwardNorm = LayerNorm(width: config.modelWidth)
    dropout = Dropout(probability: config.dropout)
    preNorm = config.preNorm
  }

  package var parameters: NamedParameters {
    named(("self_attn", selfAttention), ("multihead_attn", memoryAttention))
      + feedForward.parameters
      + named(("norm1", selfNorm), ("norm2", memoryNorm), ("norm3", feedForwardNorm))
  }

  /// - Parameter placedMemory: memory with its positions added.
  /// - Returns: [T, B, D], the shape of `x`.
  package func callAsFunction(
    _ x: Tensor, memory: Tensor, placedMemory: Tensor, positions: Tensor,
    random: (any RandomSource)?
  ) -> Tensor {
    func attendSelf(_ x: Tensor) -> Tensor {
      let placed = x + positions
      let y = selfAttention(query: placed, key: placed, value: x, random: random)
      return dropout(y, random: random)
    }
    func attendMemory(_ x: Tensor) -> Tensor {
      let y = memoryAttention(
        query: x + positions, key: placedMemory, value: memory, random: random)
      return dropout(y, random: random)
    }
    func feed(_ x: Tensor) -> Tensor { dropout(feedForward(x, random: random), random: random) }
    if preNorm {
      let y = x + attendSelf(selfNorm(x))
      let z = y + attendMemory(memoryNorm(y))
      return z + feed(feedForwardNorm(z))
    }
    let y = selfNorm(x + attendSelf(x))
    let z = memoryNorm(y + attendMemory(y))
    return feedForwardNorm(z + feed(z))
  }
}

/// [ACT-feed-forward]  Two linear layers with a nonlinearity and dropout between them.
package struct ACTFeedForward: Layer {
  package let widening: Linear
  package let narrowing: Linear
  package let activation: Activation
  package let dropout: Dropout

  package init(_ config: ACTConfig, random: any RandomSource) {
    let (width, inner) = (config.modelWidth, config.feedForwardWidth)
    widening = Linear(inputWidth: width, outputWidth: inner, random: random)
    narrowing = Linear(inputWidth: inner, outputWidth: width, random: random)
    activation = Activation(rawValue: config.feedForwardActivation) ?? .relu
    dropout = Dropout(probability: config.dropout)
  }

  package var parameters: NamedParameters {
    named(("linear1", widening), ("linear2", narrowing))
  }

  /// - Parameter x: [..., D].
  /// - Returns: [..., D].
  package func callAsFunction(_ x: Tensor, random: (any RandomSource)?) -> Tensor {
    narrowing(dropout(activation(widening(x)), random: random))
  }
}

import LeRobotCore

/// A Llama or a Gemma: tokens, layers, and a norm at their end.
package struct TransformerDecoder: Layer {
  /// nil where only other tokens are read.
  package let tokens: Embedding?
  package let layers: [DecoderLayer]
  package let norm: DecoderNorm

  /// Draws in the order of the parameters.
  ///
  /// - Parameter type: to which each part is rounded before the next one is drawn, so that there is never all
  ///   of it in float32.
  package init(
    _ sizes: DecoderSizes, random: any RandomSource, storedIn type: ScalarType = .float32
  ) {
    func stored<Part: Layer>(_ part: Part) -> Part {
      part.store(in: type)
      return part
    }
    tokens = stored(Embedding(count: sizes.vocabularySize, width: sizes.width, random: random))
    layers = (0..<sizes.layerCount).map { _ in stored(DecoderLayer(sizes, random: random)) }
    norm = stored(DecoderNorm(sizes, random: random))
  }

  private init(tokens: Embedding?, layers: [DecoderLayer], norm: DecoderNorm) {
    (self.tokens, self.layers, self.norm) = (tokens, layers, norm)
  }

  package var parameters: NamedParameters {
    named([("embed_tokens", tokens)] + layers.enumerated().map { ("layers.\($0)", $1) })
      + named(("norm", norm))
  }

  /// The same with its first layers alone.
  package func prefix(_ count: Int) -> TransformerDecoder {
    TransformerDecoder(tokens: tokens, layers: Array(layers.prefix(count)), norm: norm)
  }

  /// The same without a table of tokens, and with other layers.
  package func withoutTokens(_ layers: [DecoderLayer]) -> TransformerDecoder {
    TransformerDecoder(tokens: nil, layers: layers, norm: norm)
  }

  /// The row of padding begins as zeros.
  func forgetPadding(_ token: Int?) {
    guard let token, let table = tokens?.weight else { return }
    let zeros = table.value.sliced(token..<token + 1, axis: 0).zeros()
    table.value = .concatenated(
      [
        table.value.sliced(0..<token, axis: 0), zeros,
        table.value.sliced(token + 1..<table.value.size(0), axis: 0),
      ], axis: 0)
  }
}

extension RandomSource {
  /// Draws as transformers' models do once they are built: weights from N(0, 0.02²), biases zero, norms as
  /// they are.
  ///
  /// transformers `modeling_utils.py`, `_init_weights`.
  func redraw(_ parameters: NamedParameters) {
    for (name, parameter) in parameters {
      let shape = parameter.value.shape
      if shape.count > 1 {
        parameter.value = normal(shape, mean: 0, standardDeviation: 0.02)
      } else if name.hasSuffix("bias") {
        parameter.value = parameter.value.zeros()
      }
    }
  }
}

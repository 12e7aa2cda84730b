import LeRobotCore

/// What the expert may look at of the prefix: of each layer of the model keys, at their positions, and values.
package typealias SmolVLAMemory = [(key: Tensor, value: Tensor)]

/// The expert that turns noise into actions: a narrower Llama beside the model, layer by layer.
///
/// §3.1, "Flow matching action expert". LeRobot `smolvlm_with_expert.py`.
package struct SmolVLAExpert: Layer {
  /// Layers, and a norm.
  package let decoder: TransformerDecoder
  private let sizes: SmolVLASizes

  /// Draws a whole Llama, whose table of tokens is dropped, and then keys and values of the layers that look
  /// at the model's.
  package init(_ sizes: SmolVLASizes, random: any RandomSource) {
    self.sizes = sizes
    let type = sizes.model.textType
    let source = random.source(of: type, isDrawn: true)
    let whole = TransformerDecoder(sizes.expert, random: source)
    source.redraw(whole.parameters)
    whole.forgetPadding(sizes.expert.paddingToken)
    whole.keep(in: type)
    let width = sizes.expert.keyHeadCount * sizes.expert.headWidth
    func projection() -> Linear {
      Linear(inputWidth: width, outputWidth: width, hasBias: false, random: random)
    }
    decoder = whole.withoutTokens(
      whole.layers.enumerated().map { index, layer in
        sizes.looksAcross(expertLayer: index)
          ? layer.replacing(key: projection(), value: projection()) : layer
      })
  }

  package var parameters: NamedParameters { decoder.parameters }

  /// [SMOLVLA-expert]
  ///
  /// - Parameters:
  ///   - tokens: [B, H, D of the expert].
  ///   - memory: of each layer of the model.
  ///   - isReal: which tokens of the prefix are none of padding, [B, S].
  /// - Returns: [B, H, D of the expert].
  package func callAsFunction(
    _ tokens: Tensor, memory: SmolVLAMemory, isReal: Tensor
  ) -> Tensor {
    let (batch, count) = (tokens.size(0), tokens.size(1))
    let device = tokens.device
    let prefix = isReal.isAbove(0.5).expanded(axis: 1)
      .broadcast(to: [batch, count, isReal.size(1)])
    let places = Tensor((0..<count).map(Double.init)).to(isReal.dataType, device: device)
    let causal = (places - places.expanded(axis: 1)).isAbove(0).negated().expanded(axis: 0)
      .broadcast(to: [batch, count, count])
    let width = sizes.expert.headWidth
    let fromStart = Rotary(
      positions: places.expanded(axis: 0).broadcast(to: [batch, count]), width: width)
    let afterPrefix = Rotary(
      positions: places + isReal.sum(axis: 1).expanded(axis: 1), width: width)
    var x = tokens
    for (place, layer) in zip(sizes.expertPlaces, decoder.layers) {
      let (key, value) = memory[place]
      let attended: Tensor
      if sizes.looksAcross(modelLayer: place) {
        let normed = layer.attentionNorm(x).to(layer.query.dataType)
        let query = fromStart(layer.heads(layer.query(normed)))
        attended = groupedAttention(
          query: query, key: layer.heads(layer.key(flat(key).to(layer.key.dataType))),
          value: layer.heads(layer.value(flat(value).to(layer.value.dataType))), mask: prefix)
      } else {
        let own = layer.attentionInputs(x, afterPrefix)
        attended = groupedAttention(
          query: own.query, key: .concatenated([key, own.key], axis: 1),
          value: .concatenated([value, own.value], axis: 1),
          mask: .concatenated([prefix, causal], axis: 2))
      }
      x = layer.finished(x, attended: attended)
    }
    return decoder.norm(x)
  }

  /// [B, S, G, d] with the heads side by side.
  private func flat(_ x: Tensor) -> Tensor { x.reshaped([x.size(0), x.size(1), -1]) }
}

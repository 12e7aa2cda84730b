import LeRobotCore

/// What the expert may look at of the prefix: of each layer of the model keys, at their positions, and values.
package typealias SmolVLAMemory = [(key: Tensor, value: Tensor)]

/// What the expert looks at beside its own tokens, and where those stand: the same for all steps of acting.
package struct SmolVLAView {
  /// Of each of the expert's layers keys and values, [B, S, G, d], which a layer that looks across has projected.
  let memory: SmolVLAMemory
  /// Whether a token looks at the prefix's, [B, H, S].
  let prefix: Tensor
  /// Whether it looks at the prefix's and at action tokens, [B, H, S + H].
  let prefixAndOwn: Tensor
  /// Positions from 0.
  let fromStart: Rotary
  /// Positions behind the prefix.
  let afterPrefix: Rotary
}

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

  /// What action tokens look at of a prefix.
  ///
  /// - Parameters:
  ///   - memory: of each layer of the model.
  ///   - isReal: which tokens of the prefix are none of padding, [B, S].
  ///   - count: of action tokens, H.
  package func view(_ memory: SmolVLAMemory, isReal: Tensor, count: Int) -> SmolVLAView {
    let (batch, device) = (isReal.size(0), isReal.device)
    let prefix = isReal.isAbove(0.5).expanded(axis: 1)
      .broadcast(to: [batch, count, isReal.size(1)])
    let places = Tensor((0..<count).map(Double.init)).to(isReal.dataType, device: device)
    let causal = (places - places.expanded(axis: 1)).isAbove(0).negated().expanded(axis: 0)
      .broadcast(to: [batch, count, count])
    let width = sizes.expert.headWidth
    return SmolVLAView(
      memory: zip(sizes.expertPlaces, decoder.layers).map { place, layer in
        let (key, value) = memory[place]
        guard sizes.looksAcross(modelLayer: place) else { return (key, value) }
        return (
          layer.heads(layer.key(flat(key).to(layer.key.dataType))),
          layer.heads(layer.value(flat(value).to(layer.value.dataType)))
        )
      },
      prefix: prefix, prefixAndOwn: .concatenated([prefix, causal], axis: 2),
      fromStart: Rotary(
        positions: places.expanded(axis: 0).broadcast(to: [batch, count]), width: width),
      afterPrefix: Rotary(
        positions: places + isReal.sum(axis: 1).expanded(axis: 1), width: width))
  }

  /// [SMOLVLA-expert]
  ///
  /// - Parameter tokens: [B, H, D of the expert].
  /// - Returns: [B, H, D of the expert].
  package func callAsFunction(_ tokens: Tensor, _ view: SmolVLAView) -> Tensor {
    var x = tokens
    for (index, layer) in decoder.layers.enumerated() {
      let (key, value) = view.memory[index]
      let attended: Tensor
      if sizes.looksAcross(expertLayer: index) {
        attended = groupedAttention(
          query: layer.queries(x, view.fromStart), key: key, value: value, mask: view.prefix)
      } else {
        let own = layer.attentionInputs(x, view.afterPrefix)
        attended = groupedAttention(
          query: own.query, key: .concatenated([key, own.key], axis: 1),
          value: .concatenated([value, own.value], axis: 1), mask: view.prefixAndOwn)
      }
      x = layer.finished(x, attended: attended)
    }
    return decoder.norm(x)
  }

  /// [B, S, G, d] with the heads side by side.
  private func flat(_ x: Tensor) -> Tensor { x.reshaped([x.size(0), x.size(1), -1]) }
}

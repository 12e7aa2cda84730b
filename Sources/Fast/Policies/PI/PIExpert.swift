import LeRobotCore

/// What the expert may look at of the prefix: of each layer of the model keys, at their positions, and values.
package typealias PIMemory = [(key: Tensor, value: Tensor)]

/// What the expert is given.
package struct PISuffix {
  /// Of the state where it has one, and of the actions, [B, S, D of the expert].
  package let tokens: Tensor
  /// Of the norms, [B, D of the expert]; nil for norms without one.
  package var condition: Tensor?
  /// Whether the first token is the state's.
  package var hasState = false

  /// [PI-suffix-mask]
  ///
  /// - Returns: [1, S, S].
  package var mask: Tensor {
    let count = tokens.size(1)
    return Tensor(
      (0..<count).flatMap { i in (0..<count).map { hasState && i == 0 && $0 > 0 ? 0 : 1.0 } }
    ).to(device: tokens.device).reshaped([1, count, count])
  }
}

/// The expert that turns noise into actions: a narrower Gemma beside the model, layer by layer.
package struct PIExpert: Layer {
  /// Layers, and a norm.
  package let decoder: TransformerDecoder
  /// Scores of the next token, which nothing reads.
  package let head: Embedding?

  /// Draws a whole Gemma, whose table of tokens is kept as the head.
  package init(_ sizes: PISizes, random: any RandomSource, storedIn type: ScalarType) {
    let whole = TransformerDecoder(sizes.expert, random: random, storedIn: type)
    random.redraw(whole.parameters)
    whole.forgetPadding(sizes.expert.paddingToken)
    random.dropHead(sizes.expert)
    decoder = whole.withoutTokens(whole.layers)
    head = whole.tokens
    headWidth = sizes.expert.headWidth
  }

  private let headWidth: Int

  package var parameters: NamedParameters { named(("model", decoder), ("lm_head", head)) }

  /// [PI-expert]
  ///
  /// - Parameters:
  ///   - memory: of each layer of the model.
  ///   - isReal: which tokens of the prefix are none of padding, [B, P].
  ///   - saving: of layers.
  /// - Returns: [B, S, D of the expert].
  package func callAsFunction(
    _ suffix: PISuffix, memory: PIMemory, isReal: Tensor, _ saving: MemorySaving
  ) -> Tensor {
    let (batch, count) = (suffix.tokens.size(0), suffix.tokens.size(1))
    let prefix = isReal.expanded(axis: 1).broadcast(to: [batch, count, isReal.size(1)])
    let mask = Tensor.concatenated(
      [prefix, suffix.mask.to(isReal.dataType).broadcast(to: [batch, count, count])], axis: 2
    ).isAbove(0.5)
    let places = Tensor((0..<count).map(Double.init)).to(isReal.dataType, device: isReal.device)
    let rotary = Rotary(
      positions: places + isReal.sum(axis: 1).expanded(axis: 1), width: headWidth)
    var x = suffix.tokens.to(decoder.layers.first?.query.dataType ?? suffix.tokens.dataType)
    let condition = suffix.condition.map { [$0] } ?? []
    for (layer, seen) in zip(decoder.layers, memory) {
      x =
        saving.part([x, seen.key, seen.value] + condition, count: 1, isTrained: true) {
          let condition = $0.count > 3 ? $0[3] : nil
          let own = layer.attentionInputs($0[0], rotary, condition: condition)
          let attended = groupedAttention(
            query: own.query, key: .concatenated([$0[1], own.key], axis: 1),
            value: .concatenated([$0[2], own.value], axis: 1), mask: mask)
          return [layer.finished($0[0], attended: attended, gate: own.gate, condition: condition)]
        }[0]
    }
    return decoder.norm(x, condition: suffix.condition)
  }
}

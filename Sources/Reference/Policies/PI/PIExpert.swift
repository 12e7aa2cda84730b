import LeRobotCore

/// What the expert may look at of the prefix: of each layer of the model keys, at their positions, and values.
package typealias PIMemory = [(key: Variable, value: Variable)]

/// What the expert is given.
package struct PISuffix {
  /// Of the state where it has one, and of the actions, [B, S, D of the expert].
  package let tokens: Variable
  /// Of the norms, [B, D of the expert]; nil for norms without one.
  package var condition: Variable?
  /// Whether the first token is the state's.
  package var hasState = false

  /// [PI-suffix-mask]  Actions look at all tokens, earlier and later ones; the state does not look at them.
  ///
  /// LeRobot `make_att_2d_masks`.
  ///
  /// - Returns: [1, S, S].
  package var mask: Tensor {
    let count = tokens.size(1)
    return Tensor(
      (0..<count).flatMap { i in (0..<count).map { hasState && i == 0 && $0 > 0 ? 0 : 1 } },
      shape: [1, count, count])
  }
}

/// The expert that turns noise into actions: a narrower Gemma beside the model, layer by layer.
///
/// π₀, appendix B. LeRobot `PaliGemmaWithExpertModel`.
package struct PIExpert: Layer {
  /// Layers, and a norm.
  package let decoder: TransformerDecoder
  /// Scores of the next token, which nothing reads.
  package let head: Embedding?

  /// Draws a whole Gemma, whose table of tokens is kept as the head.
  package init(_ sizes: PISizes, random: any RandomSource) {
    let whole = TransformerDecoder(sizes.expert, random: random)
    random.redraw(whole.parameters)
    whole.forgetPadding(sizes.expert.paddingToken)
    random.dropHead(sizes.expert)
    decoder = whole.withoutTokens(whole.layers)
    head = whole.tokens
    headWidth = sizes.expert.headWidth
  }

  private let headWidth: Int

  package var parameters: NamedParameters { named(("model", decoder), ("lm_head", head)) }

  /// [PI-expert]  The suffix after all layers and the norm. In each layer its tokens look at the prefix and at
  /// each other; positions go on from the prefix.
  ///
  /// LeRobot `compute_layer_complete`, and `denoise_step` with its cache.
  ///
  /// - Parameters:
  ///   - memory: of each layer of the model.
  ///   - isReal: which tokens of the prefix are none of padding, [B, P].
  /// - Returns: [B, S, D of the expert].
  package func callAsFunction(
    _ suffix: PISuffix, memory: PIMemory, isReal: Tensor
  ) -> Variable {
    let (batch, count) = (suffix.tokens.size(0), suffix.tokens.size(1))
    let mask = Tensor.concatenated(
      [
        isReal.reshaped([batch, 1, -1]).broadcast(to: [batch, count, isReal.size(1)]),
        suffix.mask.broadcast(to: [batch, count, count]),
      ], axis: 2)
    let places = Tensor((0..<count).map(Double.init), shape: [1, count])
    let rotary = Rotary(
      positions: places + isReal.sum([1], keepingAxes: true), width: headWidth)
    var x = suffix.tokens
    for (layer, seen) in zip(decoder.layers, memory) {
      let own = layer.attentionInputs(x, rotary, condition: suffix.condition)
      let attended = groupedAttention(
        query: own.query, key: .concatenated([seen.key, own.key], axis: 1),
        value: .concatenated([seen.value, own.value], axis: 1), mask: mask)
      x = layer.finished(x, attended: attended, gate: own.gate, condition: suffix.condition)
    }
    return decoder.norm(x, condition: suffix.condition)
  }
}

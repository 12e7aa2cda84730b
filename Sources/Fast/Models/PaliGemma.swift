import LeRobotCore

/// PaliGemma: a tower that looks at pictures, a projection, and a Gemma that reads both.
package struct PaliGemma: Layer {
  package let vision: VisionTransformer
  /// D of the tower → D of the text.
  package let projection: Linear
  /// Its table of tokens is the head's, too.
  package let text: TransformerDecoder

  /// Draws in transformers' order: everything once as torch does, then again as the models do, inner models
  /// first. The head is drawn and dropped for the table of tokens.
  package init(_ sizes: PISizes, random: any RandomSource, storedIn type: ScalarType) {
    vision = VisionTransformer(sizes.vision, random: random)
    vision.redrawAsSigLIP(random)
    vision.store(in: type)
    projection = Linear(
      inputWidth: sizes.vision.width, outputWidth: sizes.text.width, random: random)
    text = TransformerDecoder(sizes.text, random: random, storedIn: type)
    random.redraw(text.parameters)
    text.forgetPadding(sizes.text.paddingToken)
    random.redraw(projection.parameters)
    random.dropHead(sizes.text)
  }

  package var parameters: NamedParameters {
    named(
      ("model.vision_tower.vision_model", vision),
      ("model.multi_modal_projector.linear", projection),
      ("lm_head", text.tokens), ("model.language_model", text.withoutTokens(text.layers)))
  }

  /// The tokens of pictures, one for each patch.
  ///
  /// - Parameters:
  ///   - pictures: −1…1, [B, 3, side, side].
  ///   - saving: of the tower's layers.
  /// - Returns: [B, P, D].
  package func tokens(_ pictures: Tensor, _ saving: MemorySaving) -> Tensor {
    projection(vision(pictures, saving).to(projection.dataType))
  }
}

extension RandomSource {
  /// The draws of a head whose weights are those of a table of tokens.
  func dropHead(_ sizes: DecoderSizes) {
    let shape = [sizes.vocabularySize, sizes.width]
    _ = kaimingUniform(shape)
    _ = normal(shape, mean: 0, standardDeviation: 0.02)
  }
}

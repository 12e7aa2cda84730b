import LeRobotCore

/// PaliGemma: a tower that looks at pictures, a projection, and a Gemma that reads both.
///
/// Beyer et al. (arXiv:2407.07726), §3. transformers `modeling_paligemma.py`, with the changes of its branch
/// `fix/lerobot_openpi`: pictures' vectors are not divided by √D.
package struct PaliGemma: Layer {
  package let vision: VisionTransformer
  /// D of the tower → D of the text.
  package let projection: Linear
  /// Its table of tokens is the head's, too.
  package let text: TransformerDecoder

  /// Draws in transformers' order: everything once as torch does, then again as the models do, inner models
  /// first. The head is drawn and dropped for the table of tokens.
  package init(_ sizes: PISizes, random: any RandomSource) {
    vision = VisionTransformer(sizes.vision, random: random)
    vision.redrawAsSigLIP(random)
    projection = Linear(
      inputWidth: sizes.vision.width, outputWidth: sizes.text.width, random: random)
    text = TransformerDecoder(sizes.text, random: random)
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
  /// - Parameter pictures: −1…1, [B, 3, side, side].
  /// - Returns: [B, P, D].
  package func tokens(_ pictures: Variable) -> Variable { projection(vision(pictures)) }
}

extension RandomSource {
  /// The draws of a head whose weights are those of a table of tokens.
  func dropHead(_ sizes: DecoderSizes) {
    let shape = [sizes.vocabularySize, sizes.width]
    _ = kaimingUniform(shape)
    _ = normal(shape, mean: 0, standardDeviation: 0.02)
  }
}

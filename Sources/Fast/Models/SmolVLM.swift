import LeRobotCore

/// [smolvlm]
package struct SmolVLM: Layer {
  package let vision: VisionTransformer
  /// D·s² of the tower → D of the text.
  package let connector: Linear
  package let text: TransformerDecoder
  /// Scores of the next token; not used by policies, which keep it in their checkpoints.
  package let head: Linear
  private let shuffleFactor: Int

  /// Draws in transformers' order: everything once as torch does, then again as the model does, inner
  /// models first.
  ///
  /// - Parameter layerCount: layers of the text that are kept; all of them are drawn, each weight in its type.
  package init(_ config: SmolVLMConfig, layerCount: Int, random: any RandomSource) {
    func source(_ type: ScalarType) -> any RandomSource {
      random.source(of: type, isDrawn: !config.isLoaded)
    }
    func redraw(_ layer: any Layer, _ source: any RandomSource) {
      if !config.isLoaded { source.redraw(layer.parameters) }
    }
    let ofText = source(config.textType)
    let ofVision = source(config.visionType)
    let others = source(config.connectorType)
    let patchWidth = config.vision.width * config.shuffleFactor * config.shuffleFactor
    vision = VisionTransformer(config.vision, random: ofVision)
    connector = Linear(
      inputWidth: patchWidth, outputWidth: config.text.width, hasBias: false, random: others)
    let whole = TransformerDecoder(config.text, random: ofText)
    redraw(whole, ofText)
    if !config.isLoaded { whole.forgetPadding(config.text.paddingToken) }
    redraw(vision, ofVision)
    redraw(connector, others)
    head = Linear(
      inputWidth: config.text.width, outputWidth: config.text.vocabularySize, hasBias: false,
      random: others)
    redraw(head, others)
    text = whole.prefix(layerCount)
    shuffleFactor = config.shuffleFactor
    text.keep(in: config.textType)
    vision.keep(in: config.visionType)
    for layer in [connector, head] { layer.keep(in: config.connectorType) }
  }

  package var parameters: NamedParameters {
    named(
      ("model.vision_model", vision), ("model.connector.modality_projection.proj", connector),
      ("model.text_model", text), ("lm_head", head))
  }

  /// The tokens of pictures: s × s neighbouring patches in one, their vectors side by side.
  ///
  /// - Parameter pictures: −1…1, [B, 3, side, side].
  /// - Returns: [B, P/s², D].
  package func tokens(_ pictures: Tensor) -> Tensor {
    connector(pixelShuffled(vision(pictures), by: shuffleFactor).to(connector.dataType))
  }
}

/// [pixel-shuffle]
///
/// - Parameter patches: of a square, row by row, [B, P, D].
/// - Returns: [B, P/s², s·s·D].
package func pixelShuffled(_ patches: Tensor, by factor: Int) -> Tensor {
  let (batch, width) = (patches.size(0), patches.size(2))
  let side = Int(Double(patches.size(1)).squareRoot()) / factor
  return patches.reshaped([batch, side, factor, side, factor * width])
    .permuted([0, 1, 3, 2, 4]).reshaped([batch, side * side, factor * factor * width])
}

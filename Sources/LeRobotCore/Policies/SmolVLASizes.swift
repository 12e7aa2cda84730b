/// The sizes that a SmolVLA is built from: its own fields and those of its vision-language model together.
package struct SmolVLASizes: Sendable, Equatable {
  /// The whole model, as published.
  package let model: SmolVLMConfig
  /// The text model with the layers that are kept.
  package let text: DecoderSizes
  /// The expert: narrower, with heads as the text model's.
  package let expert: DecoderSizes
  /// The layers of the model beside which the expert has one, in order.
  package let expertPlaces: [Int]
  /// Tokens around a picture's; nil where there are none.
  package let pictureFrame: PictureFrame?
  private let isCrossing: Bool
  private let selfAttentionInterval: Int

  /// Numbers of special tokens before and after a picture's.
  package struct PictureFrame: Sendable, Equatable {
    package let before: [Int]
    package let after: [Int]

    fileprivate init(
      _ config: SmolVLAConfig, _ parts: SmolVLAParts
    ) throws(PolicyConfigError) {
      let tokens = parts.model.text.vocabularySize
      guard let fake = parts.fakeToken, let global = parts.globalToken,
        [fake, global].allSatisfy((0..<tokens).contains)
      else {
        throw PolicyConfigError(
          "add_image_special_tokens",
          "the model's \(tokens) tokens are without those of the tokenizer; give false")
      }
      (before, after) = ([fake, global], [fake])
    }
  }

  /// - Throws: `PolicyConfigError` for layers that fit no expert, a type that cannot be trained in, and a
  ///   tokenizer without the tokens that are to stand around pictures.
  package init(
    _ config: SmolVLAConfig, _ parts: SmolVLAParts
  ) throws(PolicyConfigError) {
    model = config.loadsVisionLanguageWeights ? parts.model.loaded : parts.model
    guard model.textType != .float16, model.visionType != .float16 else { throw .halfPrecision }
    var text = model.text
    if config.visionLanguageLayerCount > 0 {
      text.layerCount = min(text.layerCount, config.visionLanguageLayerCount)
    }
    self.text = text
    isCrossing = config.attentionMode.contains("cross")
    selfAttentionInterval = config.selfAttentionInterval
    pictureFrame = config.addsImageTokens ? try PictureFrame(config, parts) : nil
    try Self.check(config.paddedImageSize, model)
    expert = try Self.expert(config, text)
    let step = text.layerCount / expert.layerCount
    expertPlaces = (0..<expert.layerCount).map { $0 * step }
    guard
      (0..<expert.layerCount).allSatisfy({
        looksAcross(expertLayer: $0) == looksAcross(modelLayer: expertPlaces[$0])
      })
    else { throw .unevenExpert(config, modelLayers: text.layerCount) }
  }

  /// That the patches of a picture are a square of whole blocks, as the connector reads them.
  private static func check(
    _ size: ImageSize, _ model: SmolVLMConfig
  ) throws(PolicyConfigError) {
    let (vision, factor) = (model.vision, model.shuffleFactor)
    let (rows, columns) = (size.height / vision.patchSide, size.width / vision.patchSide)
    guard rows == columns, rows > 0, rows.isMultiple(of: factor) else {
      throw PolicyConfigError(
        "resize_imgs_with_padding",
        "gives \(rows) × \(columns) patches, which is no square of blocks of \(factor) × \(factor); "
          + "give [\(vision.pictureSide), \(vision.pictureSide)]")
    }
  }

  /// LeRobot `SmolVLMWithExpertModel.__init__`, `get_intermediate_size`.
  private static func expert(
    _ config: SmolVLAConfig, _ text: DecoderSizes
  ) throws(PolicyConfigError) -> DecoderSizes {
    var expert = text
    let width = Double(text.width) * config.expertWidthFactor
    guard width >= 2, width <= 1_048_576, Int(width) % 2 == 0 else {
      throw PolicyConfigError(
        "expert_width_multiplier",
        "makes the expert \(width) wide beside the model's \(text.width); it needs an even number")
    }
    expert.width = Int(width)
    let hidden = 4 * Int(2 * Double(expert.width) / 3)
    expert.hiddenWidth = 256 * ((hidden + 255) / 256)
    if config.expertLayerCount > 0 {
      guard text.layerCount % config.expertLayerCount == 0 else {
        throw PolicyConfigError(
          "num_expert_layers",
          "\(config.expertLayerCount) does not divide the model's \(text.layerCount) layers")
      }
      expert.layerCount = config.expertLayerCount
    }
    return expert
  }

  /// Whether the layer of the expert has projections of the model's keys and values.
  package func looksAcross(expertLayer index: Int) -> Bool { isAcross(index) }

  /// Whether beside a layer of the model the action tokens look at the prefix alone.
  package func looksAcross(modelLayer index: Int) -> Bool { isAcross(index) }

  private func isAcross(_ index: Int) -> Bool {
    isCrossing && !(selfAttentionInterval > 0 && index.isMultiple(of: selfAttentionInterval))
  }
}

extension PolicyConfigError {
  /// AdamW's ε of 1e-8 is 0 in float16, and so is the square of a small gradient: LeRobot's second loss is
  /// not a number.
  fileprivate static let halfPrecision = PolicyConfigError(
    "vlm_model_name",
    "its config.json asks for float16, in which the first step of AdamW is not a number; set "
      + "load_vlm_weights to true, which takes bfloat16, or change torch_dtype")

  /// LeRobot stops in its first step, since it makes projections by the expert's layer and uses them by the
  /// model's (Q-SMOLVLA-6).
  fileprivate static func unevenExpert(
    _ config: SmolVLAConfig, modelLayers: Int
  ) -> PolicyConfigError {
    PolicyConfigError(
      "self_attn_every_n_layers",
      "with \(config.selfAttentionInterval) an expert of \(config.expertLayerCount) layers does not fit "
        + "beside \(modelLayers): use 1, or num_expert_layers=-1")
  }
}

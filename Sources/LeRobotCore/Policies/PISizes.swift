/// The sizes that a π₀ or π₀.₅ is built from: PaliGemma's tower and text model, and the expert's.
package struct PISizes: Sendable, Equatable {
  /// The tower, SigLIP.
  package let vision: VisionTransformerSizes
  /// The text model, Gemma.
  package let text: DecoderSizes
  /// The expert: a Gemma with heads as the text model's.
  package let expert: DecoderSizes

  /// Sizes as they are published, or those of `--policy_sizes`.
  ///
  /// LeRobot `get_gemma_config`, `PaliGemmaWithExpertModel.__init__`.
  ///
  /// - Throws: `PolicyConfigError` for sizes that fit no network.
  init<Release>(_ config: PIConfig<Release>) throws(PolicyConfigError) {
    let own = config.ownSizes
    var vision = own?.vision ?? .sigLIP
    vision.listsNormsFirst = true
    self.vision = vision
    let tokens = own?.vocabularySize ?? 257_152
    func gemma(_ variant: String, _ kind: DecoderSizes.Kind) -> DecoderSizes {
      var sizes = own?.gemmas[variant] ?? (variant == "gemma_300m" ? .gemma300M : .gemma2B)
      (sizes.kind, sizes.vocabularySize) = (kind, tokens)
      return sizes
    }
    text = gemma(config.paliGemmaVariant, .gemma)
    expert = gemma(
      config.actionExpertVariant, Release.readsStateAsText ? .conditionedGemma : .gemma)
    try check(config.imageResolution)
  }

  /// That both models' tokens can look at each other, and that pictures are the tower's.
  private func check(_ resolution: ImageSize) throws(PolicyConfigError) {
    for (what, ofText, ofExpert) in [
      ("layers", text.layerCount, expert.layerCount), ("heads", text.headCount, expert.headCount),
      ("heads of keys", text.keyHeadCount, expert.keyHeadCount),
      ("numbers in a head", text.headWidth, expert.headWidth),
    ] where ofText != ofExpert {
      throw PolicyConfigError(
        "action_expert_variant",
        "has \(ofExpert) \(what) beside paligemma_variant's \(ofText); they have to be as many")
    }
    guard expert.width.isMultiple(of: 2) else {
      throw PolicyConfigError(
        "action_expert_variant", "is \(expert.width) wide; that has to be even")
    }
    let (side, patch) = (vision.patchesPerSide, vision.patchSide)
    guard resolution.height / patch == side, resolution.width / patch == side else {
      throw PolicyConfigError(
        "image_resolution",
        "the tower looks at \(side) × \(side) patches of \(patch) pixels; give "
          + "[\(vision.pictureSide), \(vision.pictureSide)]")
    }
  }
}

extension DecoderSizes {
  /// transformers `GemmaConfig`, and LeRobot's `gemma_2b`.
  fileprivate static let gemma2B = DecoderSizes.gemma(width: 2048, hiddenWidth: 16_384)
  fileprivate static let gemma300M = DecoderSizes.gemma(width: 1024, hiddenWidth: 4096)

  /// As many layers and heads as the published ones.
  private static func gemma(width: Int, hiddenWidth: Int) -> DecoderSizes {
    DecoderSizes(
      width: width, layerCount: 18, headCount: 8, keyHeadCount: 1, headWidth: 256,
      hiddenWidth: hiddenWidth, epsilon: 1e-6, vocabularySize: 0, paddingToken: 0)
  }
}

extension VisionTransformerSizes {
  /// transformers `SiglipVisionConfig` as PaliGemma has it.
  fileprivate static let sigLIP = VisionTransformerSizes(
    width: 1152, layerCount: 27, headCount: 16, hiddenWidth: 4304, epsilon: 1e-6,
    pictureSide: 224, patchSide: 14)
}

/// Sizes in place of the published ones, as the file of `--policy_sizes` has them.
package struct PIOwnSizes: Sendable, Equatable {
  /// By the variant they stand for, `gemma_2b`.
  let gemmas: [String: DecoderSizes]
  let vision: VisionTransformerSizes?
  let vocabularySize: Int?

  /// - Parameter json: the file's content.
  /// - Throws: `PolicyConfigError` for what are no sizes.
  package init(_ json: JSONValue) throws(PolicyConfigError) {
    let reader = ModelFileReader(json, file: "--policy_sizes", option: "paligemma_variant")
    let known = PIGemmas.names + ["vision", "vocab_size"]
    guard let members = json.objectValue else { throw reader.wrong("is no object") }
    if let other = members.keys.first(where: { !known.contains($0) }) {
      throw reader.wrong("\(other) is unknown; \(Suggestion.text(for: other, among: known))")
    }
    var gemmas: [String: DecoderSizes] = [:]
    for name in PIGemmas.names where members[name] != nil {
      gemmas[name] = try Self.gemma(reader.section(name))
    }
    self.gemmas = gemmas
    vision = try members["vision"].map { _ throws(PolicyConfigError) in
      try Self.vision(reader.section("vision"))
    }
    vocabularySize = try members["vocab_size"].map { _ throws(PolicyConfigError) in
      try reader.count("vocab_size", 257_152)
    }
  }

  private static func gemma(
    _ reader: ModelFileReader
  ) throws(PolicyConfigError) -> DecoderSizes {
    let heads = try reader.count("num_heads", 8)
    let sizes = DecoderSizes(
      width: try reader.count("width", 2048), layerCount: try reader.count("depth", 18),
      headCount: heads, keyHeadCount: try reader.count("num_kv_heads", 1),
      headWidth: try reader.count("head_dim", 256),
      hiddenWidth: try reader.count("mlp_dim", 16_384), epsilon: 1e-6, vocabularySize: 0,
      paddingToken: 0)
    guard heads.isMultiple(of: sizes.keyHeadCount), sizes.headWidth.isMultiple(of: 2) else {
      throw reader.wrong("num_heads is no multiple of num_kv_heads, or head_dim is odd")
    }
    return sizes
  }

  private static func vision(
    _ reader: ModelFileReader
  ) throws(PolicyConfigError) -> VisionTransformerSizes {
    let sizes = VisionTransformerSizes(
      width: try reader.count("hidden_size", 1152),
      layerCount: try reader.count("num_hidden_layers", 27),
      headCount: try reader.count("num_attention_heads", 16),
      hiddenWidth: try reader.count("intermediate_size", 4304), epsilon: 1e-6,
      pictureSide: try reader.count("image_size", 224),
      patchSide: try reader.count("patch_size", 14))
    guard sizes.width.isMultiple(of: sizes.headCount), sizes.patchesPerSide > 0 else {
      throw reader.wrong("hidden_size is no multiple of its heads, or a picture has no patch")
    }
    return sizes
  }
}

/// The sizes of Gemma that LeRobot has.
package enum PIGemmas {
  package static let names = ["gemma_300m", "gemma_2b"]
}

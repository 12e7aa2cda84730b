/// The sizes of a SmolVLM: a tower that looks at pictures, a connector, and a Llama that reads both.
///
/// transformers `configuration_smolvlm.py`, whose defaults hold for what a file leaves out.
package struct SmolVLMConfig: Sendable, Equatable {
  /// The file beside a model's weights.
  package static let fileName = "config.json"

  package var text: DecoderSizes
  package var vision: VisionTransformerSizes
  /// s: s × s neighbouring patches become one token.
  package var shuffleFactor: Int
  /// What the text model is drawn and trained in, and the expert beside it.
  package var textType: ScalarType
  /// The same for the tower.
  package var visionType: ScalarType
  /// For the connector and the head.
  package var connectorType = ScalarType.float32
  /// Whether published weights take the place of drawn ones.
  package private(set) var isLoaded = false

  /// The same in the type that LeRobot loads published weights as.
  package var loaded: SmolVLMConfig {
    var config = self
    (config.textType, config.visionType) = (.bfloat16, .bfloat16)
    (config.connectorType, config.isLoaded) = (.bfloat16, true)
    return config
  }

  /// Tokens that a picture becomes.
  package var tokensPerPicture: Int {
    let side = vision.patchesPerSide / shuffleFactor
    return side * side
  }

  /// - Parameters:
  ///   - json: of a model's config.json.
  ///   - file: its path, for messages.
  /// - Throws: `PolicyConfigError` for a model of another kind, or sizes that fit no network.
  package init(_ json: JSONValue, file: String) throws(PolicyConfigError) {
    let reader = ModelFileReader(json, file: file, option: "vlm_model_name")
    try reader.expect("model_type", "smolvlm")
    let text = try reader.section("text_config")
    let vision = try reader.section("vision_config")
    try text.expect("model_type", "llama", unlessMissing: true)
    for key in ["attention_bias", "mlp_bias"] { try text.expectFalse(key) }
    try text.expect("hidden_act", "silu", unlessMissing: true)
    try vision.expect("hidden_act", "gelu_pytorch_tanh", unlessMissing: true)
    let (width, heads) = (
      try text.count("hidden_size", 4096), try text.count("num_attention_heads", 32)
    )
    self.text = DecoderSizes(
      width: width, layerCount: try text.count("num_hidden_layers", 32), headCount: heads,
      keyHeadCount: try text.count("num_key_value_heads", heads),
      headWidth: try text.count("head_dim", width / heads),
      hiddenWidth: try text.count("intermediate_size", 11_008),
      epsilon: try text.number("rms_norm_eps", 1e-6),
      vocabularySize: try text.count("vocab_size", 32_000),
      paddingToken: text.json["pad_token_id"]?.intValue)
    self.vision = VisionTransformerSizes(
      width: try vision.count("hidden_size", 1152),
      layerCount: try vision.count("num_hidden_layers", 12),
      headCount: try vision.count("num_attention_heads", 16),
      hiddenWidth: try vision.count("intermediate_size", 3072),
      epsilon: try vision.number("layer_norm_eps", 1e-6),
      pictureSide: try vision.count("image_size", 224),
      patchSide: try vision.count("patch_size", 32))
    shuffleFactor = try reader.count("scale_factor", 2)
    textType = try text.scalarType ?? .float32
    visionType = try vision.scalarType ?? .float32
    try check(reader)
  }

  /// About how many weights it has; no count of elements may overflow.
  private var weightCount: Double {
    func product(_ factors: Int...) -> Double { factors.reduce(1) { $0 * Double($1) } }
    let perTextLayer =
      product(2, text.width, text.headWidth, text.headCount + text.keyHeadCount)
      + product(3, text.width, text.hiddenWidth)
    let perVisionLayer =
      product(4, vision.width, vision.width) + product(2, vision.width, vision.hiddenWidth)
    let places = product(vision.patchesPerSide, vision.patchesPerSide)
    return product(text.layerCount) * perTextLayer
      + product(2, text.width, text.vocabularySize)
      + product(vision.layerCount) * perVisionLayer
      + product(3, vision.width, vision.patchSide, vision.patchSide)
      + places * Double(vision.width)
      + product(vision.width, text.width, shuffleFactor, shuffleFactor)
  }

  /// That the sizes fit each other.
  private func check(_ reader: ModelFileReader) throws(PolicyConfigError) {
    let fits: [(isTrue: Bool, what: String)] = [
      (
        text.headCount % text.keyHeadCount == 0,
        "num_attention_heads is no multiple of num_key_value_heads"
      ),
      (text.headWidth > 0 && text.headWidth % 2 == 0, "head_dim is odd or 0"),
      (
        vision.width % vision.headCount == 0,
        "vision_config.hidden_size is no multiple of its heads"
      ),
      (vision.pictureSide % vision.patchSide == 0, "image_size is no multiple of patch_size"),
      (
        vision.patchesPerSide % shuffleFactor == 0,
        "scale_factor does not divide the patches of a picture's side"
      ),
      (
        text.paddingToken.map { (0..<text.vocabularySize).contains($0) } ?? true,
        "pad_token_id is no token of the vocabulary"
      ),
      (weightCount < 1e13, "its sizes make more weights than any model has"),
    ]
    if let wrong = fits.first(where: { !$0.isTrue }) { throw reader.wrong(wrong.what) }
  }
}

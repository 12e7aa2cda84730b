import LeRobotCore
import Support
import Testing

@Suite struct SmolVLAFeaturesPropertyTests {
  private static let text = [
    "hidden_size": 8, "num_hidden_layers": 4, "num_attention_heads": 2, "num_key_value_heads": 1,
    "head_dim": 4, "intermediate_size": 5, "vocab_size": 12, "pad_token_id": 2,
  ]
  private static let vision = [
    "hidden_size": 4, "num_hidden_layers": 1, "num_attention_heads": 2, "intermediate_size": 5,
    "patch_size": 4, "image_size": 16,
  ]
  private static let json = SmolVLMConfig.json(text: text, vision: vision, factor: 2)

  /// A SmolVLA with a camera, a state and an action.
  private func config(_ change: (inout SmolVLAConfig) -> Void = { _ in }) -> SmolVLAConfig {
    var config = SmolVLAConfig()
    if let model = try? SmolVLMConfig(Self.json, file: "config.json") {
      config.parts = SmolVLAParts(model: model, fakeToken: 11, globalToken: 10)
    }
    config.paddedImageSize = ImageSize(height: 16, width: 16)
    config.common.inputFeatures = [
      "observation.state": PolicyFeature(type: .state, shape: [3]),
      "observation.images.top": PolicyFeature(type: .visual, shape: [3, 96, 100]),
    ]
    config.common.outputFeatures = ["action": PolicyFeature(type: .action, shape: [2])]
    change(&config)
    return config
  }

  /// The error of a changed configuration; empty where there is none.
  private func error(_ change: (inout SmolVLAConfig) -> Void) -> String {
    do throws(PolicyConfigError) {
      _ = try SmolVLAFeatures(config(change))
      return ""
    } catch {
      #expect(!error.description.contains("\n"))
      return error.description
    }
  }

  @Test func whatItReadsComesFromTheFeatures() throws {
    let features = try SmolVLAFeatures(config())
    #expect(features.actionWidth == 2 && features.cameraKeys == ["observation.images.top"])
    #expect(
      features.batchKeys == [
        "observation.images.top", "observation.state", "observation.language.tokens",
        "observation.language.attention_mask", "action",
      ])
  }

  /// Unless published weights are loaded, whose type takes its place.
  @Test(arguments: ["text_config", "vision_config"]) func float16IsRefused(section: String) throws {
    let json = Self.json.applying(
      .array([.array([.array([.string(section), .string("dtype")]), .string("float16")])]))
    let model = try SmolVLMConfig(json, file: "config.json")
    for isLoaded in [false, true] {
      let message = error {
        $0.parts?.model = model
        $0.loadsVisionLanguageWeights = isLoaded
      }
      #expect(message.hasPrefix("policy.vlm_model_name: ") == !isLoaded, "\(message)")
      #expect(message.contains("float16") == !isLoaded)
    }
  }

  // MARK: Sizes

  @Test func theExpertIsNarrowerWithTheModelsHeads() throws {
    let sizes = try SmolVLAFeatures(config()).sizes
    // As many layers of the model as it has, though 16 may be kept.
    #expect(sizes.text.layerCount == 4 && sizes.expert.layerCount == 4)
    #expect(sizes.expert.width == 6 && sizes.expert.hiddenWidth == 256)
    #expect(sizes.expert.headCount == 2 && sizes.expert.headWidth == 4)
    #expect(sizes.expertPlaces == [0, 1, 2, 3])
    #expect((0..<4).map { sizes.looksAcross(modelLayer: $0) } == [false, true, false, true])
    #expect(sizes.pictureFrame == nil)
  }

  /// Of the published model: 720 wide, and 2048 within.
  @Test func thePublishedExpertHasItsPublishedSizes() throws {
    let text = Self.text.merging(["hidden_size": 960, "num_hidden_layers": 32]) { $1 }
    let json = SmolVLMConfig.json(text: text, vision: Self.vision, factor: 2)
    let model = try SmolVLMConfig(json, file: "config.json")
    let sizes = try SmolVLAFeatures(config { $0.parts?.model = model }).sizes
    #expect(sizes.expert.width == 720 && sizes.expert.hiddenWidth == 2048)
    #expect(sizes.text.layerCount == 16)
  }

  @Test func layersOfFewExpertsAreSpread() throws {
    let sizes = try SmolVLAFeatures(
      config { ($0.expertLayerCount, $0.selfAttentionInterval) = (2, -1) }
    ).sizes
    #expect(sizes.expertPlaces == [0, 2] && sizes.looksAcross(expertLayer: 0))
  }

  @Test func aFrameIsOfTheTokenizersTokens() throws {
    let frame = try #require(
      try SmolVLAFeatures(config { $0.addsImageTokens = true }).sizes.pictureFrame)
    #expect(frame.before == [11, 10] && frame.after == [11])
  }

  // MARK: Errors of the configuration

  @Test func whatIsMissingIsNamed() {
    #expect(
      error { $0.common.inputFeatures["observation.state"] = nil }
        == "policy.input_features: smolvla needs observation.state; add one to the dataset")
    #expect(
      error { $0.common.outputFeatures = [:] }
        == "policy.output_features: the dataset has no `action` to learn; add one")
    #expect(
      error { $0.common.inputFeatures["observation.images.top"] = nil }
        == "policy.input_features: smolvla needs a camera; add one to the dataset")
    #expect(
      error {
        $0.parts = nil
        $0.visionLanguageModel = "a/model"
      } == "policy.vlm_model_name: a/model was not read; name a folder or a repository")
  }

  @Test func vectorsThatAreTooWideAreRefused() {
    #expect(
      error { $0.maximumStateWidth = 2 }
        == "policy.max_state_dim: 2 is less than the dataset's 3; give 3")
    #expect(
      error { $0.maximumActionWidth = 1 }
        == "policy.max_action_dim: 1 is less than the dataset's 2; give 2")
    #expect(error { ($0.maximumStateWidth, $0.maximumActionWidth) = (3, 2) } == "")
  }

  @Test(arguments: [0, -3])
  func noStepsAreRefused(count: Int) {
    #expect(
      error { $0.denoisingStepCount = count }
        == "policy.num_steps: \(count) is too small; use 1 or more")
  }

  @Test(arguments: [0.4, 0, -1, .nan, .infinity, 1e300])
  func anExpertOfNoEvenWidthIsRefused(factor: Double) {
    #expect(
      error { $0.expertWidthFactor = factor }
        == "policy.expert_width_multiplier: makes the expert \(8 * factor) wide beside the model's 8; "
        + "it needs an even number")
  }

  @Test func expertsThatDoNotDivideTheModelAreRefused() {
    #expect(
      error { $0.expertLayerCount = 3 }
        == "policy.num_expert_layers: 3 does not divide the model's 4 layers")
  }

  /// Q-SMOLVLA-6.
  @Test func expertsThatFitNoPlaceAreRefused() {
    #expect(
      error { $0.expertLayerCount = 2 }
        == "policy.self_attn_every_n_layers: with 2 an expert of 2 layers does not fit beside 4: "
        + "use 1, or num_expert_layers=-1")
    for interval in [1, -1, 0] {
      #expect(error { ($0.expertLayerCount, $0.selfAttentionInterval) = (2, interval) } == "")
    }
    #expect(error { ($0.expertLayerCount, $0.attentionMode) = (2, "self_attn") } == "")
  }

  @Test(arguments: [(16, 24), (4, 4), (12, 12), (0, 16), (-8, -8), (3, 3)])
  func picturesOfNoWholeSquareAreRefused(height: Int, width: Int) {
    #expect(
      error { $0.paddedImageSize = ImageSize(height: height, width: width) }
        == "policy.resize_imgs_with_padding: gives \(height / 4) × \(width / 4) patches, which is no "
        + "square of blocks of 2 × 2; give [16, 16]")
    #expect(error { $0.paddedImageSize = ImageSize(height: 9, width: 11) } == "")
  }

  @Test func tokensBeyondTheTableAreRefused() {
    let message = error {
      $0.addsImageTokens = true
      $0.parts?.fakeToken = 12
    }
    #expect(
      message == "policy.add_image_special_tokens: the model's 12 tokens are without those of the "
        + "tokenizer; give false")
    #expect(error { $0.parts?.fakeToken = 12 } == "")
  }

  // MARK: A model's config.json

  /// The error of a changed file.
  private func fileError(_ path: [String], _ value: JSONValue?) -> String {
    let change = JSONValue.array([.array(path.map { .string($0) })] + (value.map { [$0] } ?? []))
    do throws(PolicyConfigError) {
      _ = try SmolVLMConfig(Self.json.applying(.array([change])), file: "a/config.json")
      return ""
    } catch {
      return error.description
    }
  }

  @Test func sizesAreRead() throws {
    let model = try SmolVLMConfig(Self.json, file: "config.json")
    #expect(model.text.width == 8 && model.text.paddingToken == 2 && model.text.epsilon == 1e-6)
    #expect(model.vision.patchesPerSide == 4 && model.tokensPerPicture == 4)
    #expect(model.visionType == .float32 && model.textType == .float32)
    let other = try SmolVLMConfig(
      Self.json.applying(
        .array([.array([.array([.string("text_config"), .string("dtype")]), .string("bfloat16")])])),
      file: "config.json")
    #expect(
      other.visionType == .float32 && other.textType == .bfloat16
        && other.loaded.visionType == .bfloat16)
  }

  @Test(
    arguments: [
      (["model_type"], .string("llava"), "model_type is llava, not smolvlm"),
      (["model_type"], nil, "model_type is missing, not smolvlm"),
      (["text_config"], nil, "there is no text_config"),
      (["vision_config"], .int(3), "there is no vision_config"),
      (["text_config", "model_type"], .string("gemma"), "model_type is gemma, not llama"),
      (["text_config", "hidden_act"], .string("gelu"), "hidden_act is gelu, not silu"),
      (
        ["vision_config", "hidden_act"], .string("gelu"),
        "hidden_act is gelu, not gelu_pytorch_tanh"
      ),
      (["text_config", "mlp_bias"], .bool(true), "mlp_bias is true, which is not built"),
      (
        ["text_config", "attention_bias"], .bool(true), "attention_bias is true, which is not built"
      ),
      (["text_config", "hidden_size"], .int(0), "hidden_size is no usable number"),
      (["text_config", "vocab_size"], .string("many"), "vocab_size is no usable number"),
      (["text_config", "rms_norm_eps"], .double(0), "rms_norm_eps is no usable number"),
      (
        ["text_config", "num_key_value_heads"], .int(3),
        "num_attention_heads is no multiple of num_key_value_heads"
      ),
      (["text_config", "head_dim"], .int(5), "head_dim is odd or 0"),
      (
        ["vision_config", "num_attention_heads"], .int(3),
        "vision_config.hidden_size is no multiple of its heads"
      ),
      (["vision_config", "image_size"], .int(17), "image_size is no multiple of patch_size"),
      (["scale_factor"], .int(3), "scale_factor does not divide the patches of a picture's side"),
      (["text_config", "pad_token_id"], .int(12), "pad_token_id is no token of the vocabulary"),
      (
        ["text_config", "intermediate_size"], .int(1 << 24),
        ""
      ),
      (
        ["text_config", "torch_dtype"], .string("int8"),
        "torch_dtype is int8, which no weights are computed in"
      ),
    ] as [([String], JSONValue?, String)])
  func whatIsWrongInAFileIsNamed(path: [String], value: JSONValue?, message: String) {
    let expected =
      message.isEmpty ? "" : "policy.vlm_model_name: a/config.json: \(message); name another model"
    #expect(fileError(path, value) == expected)
  }

  @Test func moreWeightsThanCanBeCountedAreRefused() {
    let text = Self.text.merging(["hidden_size": 1 << 24, "num_hidden_layers": 1 << 24]) { $1 }
    let json = SmolVLMConfig.json(text: text, vision: Self.vision, factor: 2)
    #expect(throws: PolicyConfigError.self) { try SmolVLMConfig(json, file: "config.json") }
    // Without a head_dim it is the width over the heads.
    var narrow = Self.text.merging(["hidden_size": 1]) { $1 }
    narrow["head_dim"] = nil
    let headless = SmolVLMConfig.json(text: narrow, vision: Self.vision, factor: 2)
    #expect(throws: PolicyConfigError.self) { try SmolVLMConfig(headless, file: "config.json") }
  }

  /// Whatever the file holds, it is read or refused in one line, and so is what is built from it.
  @Test func aDamagedFileNeverTraps() {
    let text = Self.json.pythonText()
    var mutator = TextMutator(seed: 21)
    var generator = SplitMix64(seed: 22)
    var counts = (read: 0, refused: 0)
    for _ in 0..<Effort.count(2000, of: 20_000) {
      let json: JSONValue? =
        Bool.random(using: &generator)
        ? try? JSONValue(parsing: mutator.mutate(text)) : damaged(Self.json, using: &generator)
      guard let json else { continue }
      do throws(PolicyConfigError) {
        let model = try SmolVLMConfig(json, file: "config.json")
        counts.read += 1
        _ = try SmolVLAFeatures(config { $0.parts?.model = model })
      } catch {
        counts.refused += 1
        #expect(!error.description.contains("\n"))
      }
    }
    #expect(counts.read > 100 && counts.refused > 100)
  }

  /// One value replaced by one of another kind or size.
  private func damaged(_ json: JSONValue, using generator: inout SplitMix64) -> JSONValue {
    guard case .object(var members) = json, let key = members.keys.randomElement(using: &generator)
    else {
      let values: [JSONValue] = [
        .null, .int(0), .int(-1), .int(.max), .int(.min), .int(1), .int(3), .int(1 << 24),
        .double(.nan), .double(1e300), .double(0.5), .string(""), .string("llama"), .bool(true),
        .array([]), .object([:]),
      ]
      return values.randomElement(using: &generator) ?? .null
    }
    let isDropped = Int.random(in: 0..<8, using: &generator) == 0
    members[key] =
      isDropped ? nil : members[key].map { damaged($0, using: &generator) }
    return .object(members)
  }
}

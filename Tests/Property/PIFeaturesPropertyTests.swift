import LeRobotCore
import Support
import Testing

@Suite struct PIFeaturesPropertyTests {
  private func config<Release>(
    _ release: Release.Type, _ change: (inout PIConfig<Release>) throws -> Void = { _ in }
  ) rethrows -> PIConfig<Release> {
    var config = PIConfig<Release>()
    config.common.inputFeatures = [
      "observation.state": PolicyFeature(type: .state, shape: [3]),
      "observation.images.top": PolicyFeature(type: .visual, shape: [3, 96, 100]),
    ]
    config.common.outputFeatures = ["action": PolicyFeature(type: .action, shape: [2])]
    try change(&config)
    return config
  }

  /// The error of a changed configuration; empty where there is none.
  private func error(_ change: (inout PI0Config) throws -> Void) -> String {
    do {
      _ = try PIFeatures(config(PI0.self, change))
      return ""
    } catch {
      #expect(!"\(error)".contains("\n"))
      return "\(error)"
    }
  }

  // MARK: Sizes

  @Test func thePublishedSizesAreBuilt() throws {
    let sizes = try PIFeatures(config(PI0.self)).sizes
    #expect(sizes.text.width == 2048 && sizes.text.hiddenWidth == 16_384)
    #expect(sizes.expert.width == 1024 && sizes.expert.hiddenWidth == 4096)
    #expect(sizes.text.kind == .gemma && sizes.expert.kind == .gemma)
    #expect(sizes.text.vocabularySize == 257_152 && sizes.vision.width == 1152)
    #expect(sizes.vision.patchesPerSide == 16 && sizes.vision.listsNormsFirst)
    #expect(try PIFeatures(config(PI05.self)).sizes.expert.kind == .conditionedGemma)
  }

  @Test func onlyTheReleaseWithAStatesTokenReadsTheState() throws {
    #expect(try PIFeatures(config(PI0.self)).batchKeys.contains("observation.state"))
    #expect(try !PIFeatures(config(PI05.self)).batchKeys.contains("observation.state"))
  }

  @Test func ownSizesTakeThePlaceOfTheirVariant() throws {
    let config = try config(PI0.self) {
      $0.ownSizes = try PIOwnSizes([
        "gemma_300m": ["width": 6, "mlp_dim": 5], "vocab_size": 12, "vision": ["hidden_size": 32],
      ])
    }
    let sizes = try PIFeatures(config).sizes
    #expect(sizes.expert.width == 6 && sizes.expert.layerCount == 18 && sizes.text.width == 2048)
    #expect(sizes.text.vocabularySize == 12 && sizes.vision.width == 32)
  }

  @Test(arguments: [
    (#"{"gemma_2": {}}"#, "gemma_2"), (#"{"vocab_size": 0}"#, "vocab_size"), ("[1]", "object"),
    (#"{"gemma_2b": {"width": "wide"}}"#, "width"), (#"{"gemma_2b": {"head_dim": 3}}"#, "head_dim"),
    (#"{"vision": {"hidden_size": 31}}"#, "hidden_size"), (#"{"vision": 3}"#, "vision"),
  ])
  func sizesOfNoModelAreRefused(text: String, what: String) {
    let message = error { $0.ownSizes = try PIOwnSizes(JSONValue(parsing: text)) }
    #expect(message.contains(what) && message.contains("--policy_sizes"), "\(message)")
  }

  @Test func whatFitsNoNetworkIsRefused() {
    #expect(
      error { $0.imageResolution = ImageSize(height: 200, width: 224) }.contains("[224, 224]"))
    #expect(error { $0.maximumStateWidth = 2 }.contains("max_state_dim"))
    #expect(error { $0.maximumActionWidth = 1 }.contains("max_action_dim"))
    #expect(error { $0.inferenceStepCount = 0 }.contains("num_inference_steps"))
    #expect(error { $0.timeSamplingAlpha = 0 }.contains("time_sampling_beta_alpha"))
    #expect(error { $0.common.inputFeatures["observation.images.top"] = nil }.contains("camera"))
    let uneven = error {
      $0.ownSizes = try PIOwnSizes(["gemma_300m": ["depth": 2], "gemma_2b": ["depth": 3]])
    }
    #expect(uneven.contains("2 layers beside paligemma_variant's 3"))
  }

  // MARK: Types and names

  @Test func narrowWeightsLeaveNormsAndPlacesWide() throws {
    let config = config(PI05.self) { $0.dataType = "bfloat16" }
    let models = "model.paligemma_with_expert."
    for (name, type) in [
      ("\(models)paligemma.lm_head.weight", ScalarType.bfloat16),
      ("\(models)paligemma.model.vision_tower.vision_model.post_layernorm.weight", .bfloat16),
      (
        "\(models)paligemma.model.vision_tower.vision_model.encoder.layers.0.layer_norm1.bias",
        .bfloat16
      ),
      (
        "\(models)paligemma.model.vision_tower.vision_model.embeddings.position_embedding.weight",
        .float32
      ),
      ("\(models)paligemma.model.language_model.layers.1.input_layernorm.weight", .float32),
      ("\(models)paligemma.model.language_model.norm.weight", .float32),
      ("\(models)gemma_expert.model.norm.dense.weight", .float32),
      ("\(models)gemma_expert.model.layers.0.mlp.up_proj.weight", .bfloat16),
      ("model.action_in_proj.weight", .float32),
    ] { #expect(config.type(of: name) == type, "\(name)") }
  }

  @Test func namesOfOtherWritersAreUnderstood() throws {
    let (first, second) = (try config(PI0.self), try config(PI05.self))
    let models = "paligemma_with_expert."
    #expect(first.weightName(of: "state_proj.weight") == "model.state_proj.weight")
    #expect(first.weightName(of: "model.state_proj.bias") == "model.state_proj.bias")
    #expect(first.weightName(of: "time_mlp_in.bias") == "model.action_time_mlp_in.bias")
    #expect(second.weightName(of: "action_time_mlp_in.bias") == "model.time_mlp_in.bias")
    #expect(second.weightName(of: "model.time_mlp_out.bias") == "model.time_mlp_out.bias")
    #expect(second.weightName(of: "state_proj.weight") == nil)
    let table = "\(models)paligemma.model.language_model.embed_tokens.weight"
    #expect(first.weightName(of: table) == "model.\(models)paligemma.lm_head.weight")
    let norm = "\(models)gemma_expert.model.layers.3.input_layernorm.weight"
    #expect(first.weightName(of: norm) == "model.\(norm)" && second.weightName(of: norm) == nil)
    #expect(!first.needsWeight("model.\(models)gemma_expert.lm_head.weight"))
    #expect(first.needsWeight("model.state_proj.weight"))
  }
}

import OrderedCollections

/// Which inputs π₀ or π₀.₅ reads and how wide they are, and that it can be built at all.
package struct PIFeatures: Sendable, Equatable {
  package let sizes: PISizes
  /// Cameras, in order.
  package let cameraKeys: [String]
  /// A, width of `action`.
  package let actionWidth: Int
  /// What it reads of a batch.
  package let batchKeys: [String]

  /// - Throws: `PolicyConfigError` for a configuration that no such policy can be built from.
  package init<Release>(_ config: PIConfig<Release>) throws(PolicyConfigError) {
    sizes = try PISizes(config)
    guard config.inferenceStepCount > 0 else {
      throw .tooSmall("num_inference_steps", config.inferenceStepCount)
    }
    for (key, value) in [
      ("time_sampling_beta_alpha", config.timeSamplingAlpha),
      ("time_sampling_beta_beta", config.timeSamplingBeta),
    ] where !(value > 0 && value.isFinite) {
      throw PolicyConfigError(key, "\(value) has no distribution of times; give a number above 0")
    }
    cameraKeys = Array(config.common.imageFeatures.keys)
    guard !cameraKeys.isEmpty else {
      throw PolicyConfigError(
        "input_features", "\(Release.policyType) needs a camera; add one to the dataset")
    }
    guard let state = config.common.robotStateFeature?.shape.first else {
      throw .noRobotState(Release.policyType)
    }
    guard let action = config.common.outputFeatures["action"]?.shape.first else { throw .noAction }
    actionWidth = action
    for (key, width, bound) in [
      ("max_state_dim", state, config.maximumStateWidth),
      ("max_action_dim", action, config.maximumActionWidth),
    ] where width > bound {
      throw PolicyConfigError(key, "\(bound) is less than the dataset's \(width); give \(width)")
    }
    batchKeys =
      cameraKeys + (Release.readsStateAsText ? [] : ["observation.state"])
      + [TokenizerStep.tokensKey, TokenizerStep.isTokenKey, "action"]
  }
}

extension PIConfig {
  package func checkFeatures() throws(PolicyConfigError) { _ = try PIFeatures(self) }

  package mutating func readParts(_ resources: ResourceStore) throws {
    if let sizes = resources.sizes { ownSizes = try PIOwnSizes(sizes) }
  }

  /// [PI-drawn-types]  What a new parameter is rounded to before it gets its type: LeRobot makes all of both
  /// models bfloat16, and then some of it float32 again.
  package func drawnType(of parameter: String) -> ScalarType {
    parameter.hasPrefix(Self.modelsPrefix) ? modelType : .float32
  }

  /// What the names of both models' parameters begin with.
  static var modelsPrefix: String { "model.paligemma_with_expert." }

  /// `dtype`, the type of both models.
  package var modelType: ScalarType { dataType == "bfloat16" ? .bfloat16 : .float32 }

  /// [PI-types]  What a parameter is computed and trained in.
  ///
  /// LeRobot `to_bfloat16_for_selected_params`: both models in `dtype`, but what places pictures and the
  /// norms of Gemma; what leads in and out is none of the models'.
  package func type(of parameter: String) -> ScalarType {
    guard drawnType(of: parameter) == .bfloat16 else { return .float32 }
    let wide = [
      "patch_embedding", "position_embedding", "input_layernorm", "post_attention_layernorm",
      "model.norm.",
    ]
    return wide.contains { parameter.contains($0) } ? .float32 : .bfloat16
  }

  /// [PI-frozen]  Whether a parameter is trained. Nothing reads the head of the expert.
  package func trains(_ name: String) -> Bool {
    let models = Self.modelsPrefix
    if name == "\(models)gemma_expert.lm_head.weight" { return false }
    guard name.hasPrefix("\(models)paligemma.") else { return true }
    if trainsExpertOnly { return false }
    return !(freezesVisionEncoder && name.hasPrefix("\(models)paligemma.model.vision_tower."))
  }

  /// [PI-names]  Files of LeRobot name everything below `model.`, files of openpi do not; each of the two
  /// releases has another name for what time goes through, and one name of a tied table is enough.
  ///
  /// LeRobot `from_pretrained`, `_fix_pytorch_state_dict_keys`.
  package func weightName(of saved: String) -> String? {
    var name = saved.hasPrefix("model.") ? String(saved.dropFirst(6)) : saved
    let (time, other) =
      Release.readsStateAsText
      ? ("time_mlp_", "action_time_mlp_") : ("action_time_mlp_", "time_mlp_")
    if name.hasPrefix(other) { name = time + name.dropFirst(other.count) }
    let models = "paligemma_with_expert."
    if name == "\(models)paligemma.model.language_model.embed_tokens.weight" {
      name = "\(models)paligemma.lm_head.weight"
    }
    let expert = "\(models)gemma_expert."
    if name == "\(expert)model.embed_tokens.weight" { return nil }
    if Release.readsStateAsText {
      if name.hasPrefix("state_proj.") { return nil }
      if name.hasPrefix(expert), name.hasSuffix("norm.weight") { return nil }
    }
    return "model.\(name)"
  }

  /// The table of tokens is the head of the text model, too.
  package var tiedNames: OrderedDictionary<String, String> {
    let text = "model.paligemma_with_expert.paligemma."
    return ["\(text)model.language_model.embed_tokens.weight": "\(text)lm_head.weight"]
  }

  /// All but the head that nothing reads: LeRobot prints a failure and trains on what it drew (Q-PI-2).
  package func needsWeight(_ name: String) -> Bool {
    !name.hasSuffix("gemma_expert.lm_head.weight")
  }
}

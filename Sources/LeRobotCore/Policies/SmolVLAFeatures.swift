/// Which inputs SmolVLA reads and how wide they are, and that it can be built at all.
package struct SmolVLAFeatures: Sendable, Equatable {
  /// The instruction's tokens in a batch, [B, T], and which of them are none of padding.
  package static let wordsKey = "observation.language.tokens"
  package static let isWordKey = "observation.language.attention_mask"

  package let sizes: SmolVLASizes
  /// Cameras, in order.
  package let cameraKeys: [String]
  /// A, width of `action`.
  package let actionWidth: Int

  /// What it reads of a batch.
  package var batchKeys: [String] {
    cameraKeys + ["observation.state", Self.wordsKey, Self.isWordKey, "action"]
  }

  /// - Throws: `PolicyConfigError` for a configuration no SmolVLA can be built from.
  package init(_ config: SmolVLAConfig) throws(PolicyConfigError) {
    guard let parts = config.parts else {
      throw PolicyConfigError(
        "vlm_model_name",
        "\(config.visionLanguageModel) was not read; name a folder or a repository")
    }
    sizes = try SmolVLASizes(
      config, parts.model, tokens: (parts.fakeToken, parts.globalToken))
    guard config.denoisingStepCount > 0 else {
      throw .tooSmall("num_steps", config.denoisingStepCount)
    }
    cameraKeys = Array(config.common.imageFeatures.keys)
    guard !cameraKeys.isEmpty else {
      throw PolicyConfigError("input_features", "smolvla needs a camera; add one to the dataset")
    }
    guard let state = config.common.robotStateFeature?.shape.first else {
      throw .noRobotState(SmolVLAConfig.policyType)
    }
    guard let action = config.common.outputFeatures["action"]?.shape.first else { throw .noAction }
    actionWidth = action
    for (key, width, bound) in [
      ("max_state_dim", state, config.maximumStateWidth),
      ("max_action_dim", action, config.maximumActionWidth),
    ] where width > bound {
      throw PolicyConfigError(key, "\(bound) is less than the dataset's \(width); give \(width)")
    }
  }
}

/// What SmolVLA needs to know of its vision-language model before it is built.
package struct SmolVLAParts: Sendable, Equatable {
  package var model: SmolVLMConfig
  /// The tokenizer's number of `<fake_token_around_image>`.
  package var fakeToken: Int
  /// Of `<global-img>`.
  package var globalToken: Int

  package init(model: SmolVLMConfig, fakeToken: Int, globalToken: Int) {
    (self.model, self.fakeToken, self.globalToken) = (model, fakeToken, globalToken)
  }
}

extension SmolVLAConfig {
  /// [SMOLVLA-frozen]  Whether a parameter is trained.
  ///
  /// LeRobot `set_requires_grad`. Of the model's last layer, which it means to freeze, it freezes nothing
  /// (Q-SMOLVLA-4).
  package func trains(_ name: String) -> Bool {
    let model = "model.vlm_with_expert.vlm."
    if name.hasPrefix("model.state_proj.") { return trainsStateProjection }
    guard name.hasPrefix(model) else { return true }
    if trainsExpertOnly || name.hasPrefix("\(model)lm_head.") { return false }
    return !(freezesVisionEncoder && name.hasPrefix("\(model)model.vision_model."))
  }
}

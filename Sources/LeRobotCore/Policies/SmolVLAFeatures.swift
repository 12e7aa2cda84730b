/// Which inputs SmolVLA reads and how wide they are, and that it can be built at all.
package struct SmolVLAFeatures: Sendable, Equatable {
  package let sizes: SmolVLASizes
  /// Cameras, in order.
  package let cameraKeys: [String]
  /// A, width of `action`.
  package let actionWidth: Int

  /// What it reads of a batch.
  package var batchKeys: [String] {
    cameraKeys + ["observation.state", TokenizerStep.tokensKey, TokenizerStep.isTokenKey, "action"]
  }

  /// - Throws: `PolicyConfigError` for a configuration no SmolVLA can be built from.
  package init(_ config: SmolVLAConfig) throws(PolicyConfigError) {
    guard let parts = config.parts else {
      throw PolicyConfigError(
        "vlm_model_name",
        "\(config.visionLanguageModel) was not read; name a folder or a repository")
    }
    sizes = try SmolVLASizes(config, parts)
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
    guard !config.adaptsToPiAloha || min(state, action) >= 14 else {
      throw PolicyConfigError(
        "adapt_to_pi_aloha",
        "converts two arms of 7 joints, and the dataset has \(state) numbers of state and \(action) of "
          + "action; set it to false")
    }
  }
}

/// What SmolVLA needs to know of its vision-language model before it is built.
package struct SmolVLAParts: Sendable, Equatable {
  package var model: SmolVLMConfig
  /// The tokenizer's number of `<fake_token_around_image>`.
  package var fakeToken: Int?
  /// Of `<global-img>`.
  package var globalToken: Int?

  package init(model: SmolVLMConfig, fakeToken: Int?, globalToken: Int?) {
    (self.model, self.fakeToken, self.globalToken) = (model, fakeToken, globalToken)
  }

  /// Reads a model's config.json and its tokenizer.
  ///
  /// - Parameter name: a folder or a repository.
  /// - Throws: `ProcessorError` or `PolicyConfigError`.
  init(_ name: String, _ resources: ResourceStore) throws {
    let path = try resources.path(SmolVLMConfig.fileName, of: name)
    let json: JSONValue
    do {
      json = try JSONValue(parsing: TextFile.read(path))
    } catch let error as JSONError {
      throw PolicyConfigError("vlm_model_name", "\(path): \(error); copy or download it again")
    }
    model = try SmolVLMConfig(json, file: path)
    let encoder = try resources.encoder(name)
    guard encoder.idCount <= model.text.vocabularySize else {
      throw PolicyConfigError(
        "vlm_model_name",
        "\(resources.tokenizerPath ?? name): its tokenizer has \(encoder.idCount) tokens, its text_config.vocab_size is "
          + "\(model.text.vocabularySize); use the files of one model")
    }
    fakeToken = encoder.id(of: "<fake_token_around_image>")
    globalToken = encoder.id(of: "<global-img>")
  }
}

extension SmolVLAConfig {
  package mutating func readParts(_ resources: ResourceStore) throws {
    parts = try SmolVLAParts(visionLanguageModel, resources)
  }

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

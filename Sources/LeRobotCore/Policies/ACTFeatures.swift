/// Which inputs an ACT reads and how wide they are, and that it can be built at all.
///
/// Both engines build from this, so that both refuse the same configurations in the same words,
/// before anything is computed.
package struct ACTFeatures: Sendable, Equatable {
  /// Width of `observation.state`, where it is a STATE (LeRobot reads no other state).
  package let stateWidth: Int?
  /// Width of `observation.environment_state`.
  package let environmentWidth: Int?
  /// Names of the cameras, in the order of the configuration's inputs.
  package let cameraKeys: [String]
  /// Width of `action`.
  package let actionWidth: Int

  /// What a policy reads of a batch.
  package var batchKeys: [String] { observationKeys + ["action", "action_is_pad"] }

  /// What it reads to choose an action.
  package var observationKeys: [String] {
    cameraKeys + (stateWidth == nil ? [] : ["observation.state"])
      + (environmentWidth == nil ? [] : ["observation.environment_state"])
  }

  /// - Throws: `PolicyConfigError` for a configuration no ACT can be built from.
  package init(_ config: ACTConfig) throws(PolicyConfigError) {
    let inputs = config.common.inputFeatures
    stateWidth = inputs["observation.state"].flatMap { $0.type == .state ? $0.shape.first : nil }
    environmentWidth = inputs.values.first { $0.type == .environment }?.shape.first
    cameraKeys = inputs.filter { $0.value.type == .visual }.map(\.key)
    guard let action = config.common.outputFeatures["action"], let width = action.shape.first
    else { throw .noAction }
    actionWidth = width
    guard !cameraKeys.isEmpty || environmentWidth != nil else {
      throw .noCameraOrEnvironmentState(ACTConfig.policyType)
    }
    if !cameraKeys.isEmpty { try Self.checkBackbone(config) }
    try Self.checkTransformer(config)
  }

  private static func checkBackbone(_ config: ACTConfig) throws(PolicyConfigError) {
    if let problem = PolicyChecks.resNet(config.visionBackbone).first {
      throw PolicyConfigError(problem)
    }
    let isDilatable = ResNetArchitecture(rawValue: config.visionBackbone)?.hasBottlenecks ?? false
    guard isDilatable || !config.replaceFinalStrideWithDilation else {
      throw .undilatableBackbone(config.visionBackbone)
    }
  }

  private static func checkTransformer(_ config: ACTConfig) throws(PolicyConfigError) {
    for (key, value, least) in [
      ("dim_model", config.modelWidth, 1), ("n_heads", config.headCount, 1),
      ("dim_feedforward", config.feedForwardWidth, 1), ("latent_dim", config.latentWidth, 1),
      ("n_action_steps", config.actionStepCount, 1), ("chunk_size", config.chunkSize, 1),
      ("n_encoder_layers", config.encoderLayerCount, 0),
      ("n_decoder_layers", config.decoderLayerCount, 0),
      ("n_vae_encoder_layers", config.vaeEncoderLayerCount, 0),
    ] where value < least {
      throw .tooSmall(key, value, least: least)
    }
    guard (0...1).contains(config.dropout) else { throw .noProbability(config.dropout) }
    guard config.modelWidth % config.headCount == 0 else {
      throw .indivisibleWidth(config.modelWidth, divisor: config.headCount, key: "n_heads")
    }
    guard config.modelWidth % 4 == 0 else {
      throw .indivisibleWidth(config.modelWidth, divisor: 4, key: "dim_model")
    }
    guard ["relu", "gelu"].contains(config.feedForwardActivation) else {
      throw .unusableActivation(config.feedForwardActivation)
    }
  }
}

/// What only ACT is refused for.
extension PolicyConfigError {
  /// A residual network of basic blocks has no dilated form.
  package static func undilatableBackbone(_ name: String) -> PolicyConfigError {
    PolicyConfigError(
      "replace_final_stride_with_dilation",
      "\(name) has no dilated form; use resnet50 or deeper")
  }

  /// The hidden width does not divide into heads, or into sines and cosines of two axes.
  package static func indivisibleWidth(
    _ width: Int, divisor: Int, key: String
  ) -> PolicyConfigError {
    PolicyConfigError(
      key, "dim_model \(width) is no multiple of \(divisor); change one of them")
  }

  /// The feed-forward layers cannot use this activation.
  package static func unusableActivation(_ name: String) -> PolicyConfigError {
    let reason =
      name == "glu" ? "halves the width that linear2 expects" : "is none of relu, gelu"
    return PolicyConfigError("feedforward_activation", "\(name) \(reason); use relu or gelu")
  }

  /// The dropout is not in 0…1.
  package static func noProbability(_ value: Double) -> PolicyConfigError {
    PolicyConfigError("dropout", "\(value) is no probability; use 0 to 1")
  }
}

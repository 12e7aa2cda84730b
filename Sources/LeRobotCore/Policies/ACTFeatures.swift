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

  /// - Throws: `ACTConfigError` for a configuration no ACT can be built from.
  package init(_ config: ACTConfig) throws(ACTConfigError) {
    let inputs = config.common.inputFeatures
    stateWidth = inputs["observation.state"].flatMap { $0.type == .state ? $0.shape.first : nil }
    environmentWidth = inputs.values.first { $0.type == .environment }?.shape.first
    cameraKeys = inputs.filter { $0.value.type == .visual }.map(\.key)
    guard let action = config.common.outputFeatures["action"], let width = action.shape.first
    else { throw .noAction }
    actionWidth = width
    guard !cameraKeys.isEmpty || environmentWidth != nil else { throw .nothingToSee }
    if !cameraKeys.isEmpty { try Self.checkBackbone(config) }
    try Self.checkTransformer(config)
  }

  private static func checkBackbone(_ config: ACTConfig) throws(ACTConfigError) {
    let shallow = ["resnet18", "resnet34"]
    let deep = ["resnet50", "resnet101", "resnet152"]
    guard (shallow + deep).contains(config.visionBackbone) else {
      throw .unknownBackbone(config.visionBackbone, known: shallow + deep)
    }
    guard deep.contains(config.visionBackbone) || !config.replaceFinalStrideWithDilation else {
      throw .undilatableBackbone(config.visionBackbone)
    }
  }

  private static func checkTransformer(_ config: ACTConfig) throws(ACTConfigError) {
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

/// Why no ACT can be built from a configuration.
package enum ACTConfigError: Error, Equatable {
  /// The dataset has no `action`.
  case noAction
  /// Neither a camera nor the environment's state is among the inputs.
  case nothingToSee
  case unknownBackbone(String, known: [String])
  /// A residual network of basic blocks has no dilated form.
  case undilatableBackbone(String)
  case indivisibleWidth(Int, divisor: Int, key: String)
  case unusableActivation(String)
  case tooSmall(String, Int, least: Int)
  /// The dropout.
  case noProbability(Double)
}

extension ACTConfigError: CustomStringConvertible {
  package var description: String {
    switch self {
    case .noAction:
      "policy.output_features: the dataset has no `action` to learn; add one"
    case .nothingToSee:
      "policy.input_features: act needs a camera or observation.environment_state; "
        + "add one to the dataset"
    case .unknownBackbone(let name, let known):
      "policy.vision_backbone: \(name) is none of \(known.joined(separator: ", ")); choose one"
    case .undilatableBackbone(let name):
      "policy.replace_final_stride_with_dilation: \(name) has no dilated form; "
        + "use resnet50 or deeper"
    case .indivisibleWidth(let width, let divisor, let key):
      "policy.\(key): dim_model \(width) is no multiple of \(divisor); change one of them"
    case .unusableActivation("glu"):
      "policy.feedforward_activation: glu halves the width that linear2 expects; use relu or gelu"
    case .unusableActivation(let name):
      "policy.feedforward_activation: \(name) is none of relu, gelu; use relu or gelu"
    case .tooSmall(let key, let value, let least):
      "policy.\(key): \(value) is too small; use \(least) or more"
    case .noProbability(let value):
      "policy.dropout: \(value) is no probability; use 0 to 1"
    }
  }
}

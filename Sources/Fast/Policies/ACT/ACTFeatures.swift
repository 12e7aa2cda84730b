import LeRobotCore

/// Which inputs an ACT reads and how wide they are, checked.
package struct ACTFeatures: Sendable {
  /// LeRobot reads the robot's state from this key alone.
  let stateKey = "observation.state"
  let environmentKey: String
  let imageKeys: [String]
  let actionKey = "action"
  let actionIsPadKey = "action_is_pad"

  let stateWidth: Int?
  let environmentWidth: Int?
  let actionWidth: Int
  /// The network that looks at pictures, where there are any.
  let backbone: ResNetArchitecture?

  /// - Throws: `TorchError.unsupported` for a configuration no ACT can be built from.
  package init(_ config: ACTConfig) throws(TorchError) {
    let inputs = config.common.inputFeatures
    imageKeys = inputs.filter { $0.value.type == .visual }.map(\.key)
    let environment = inputs.first { $0.value.type == .environment }
    environmentKey = environment?.key ?? "observation.environment_state"
    environmentWidth = environment?.value.shape.first
    stateWidth = inputs[stateKey].flatMap { $0.type == .state ? $0.shape.first : nil }
    guard let action = config.common.outputFeatures[actionKey], let width = action.shape.first
    else { throw .unsupported(key: "dataset", reason: "no `action` feature to learn; add one") }
    actionWidth = width
    guard !imageKeys.isEmpty || environmentWidth != nil else {
      throw .unsupported(
        key: "policy.input_features",
        reason: "act needs a camera or observation.environment_state; add one to the dataset")
    }
    backbone = imageKeys.isEmpty ? nil : try Self.backbone(config)
    try Self.checkWidths(config)
  }

  private static func backbone(_ config: ACTConfig) throws(TorchError) -> ResNetArchitecture {
    let all = ResNetArchitecture.allCases
    guard let backbone = ResNetArchitecture(rawValue: config.visionBackbone) else {
      throw .unsupported(
        key: "policy.vision_backbone",
        reason: "\(config.visionBackbone) is none of \(all.map(\.rawValue).joined(separator: ", "))"
      )
    }
    guard backbone.hasBottlenecks || !config.replaceFinalStrideWithDilation else {
      throw .unsupported(
        key: "policy.replace_final_stride_with_dilation",
        reason: "\(config.visionBackbone) has no dilated form; use resnet50 or deeper")
    }
    return backbone
  }

  private static func checkWidths(_ config: ACTConfig) throws(TorchError) {
    guard config.modelWidth % config.headCount == 0 else {
      throw .unsupported(
        key: "policy.n_heads",
        reason: "dim_model \(config.modelWidth) does not divide by \(config.headCount)")
    }
    guard config.modelWidth % 4 == 0 else {
      throw .unsupported(
        key: "policy.dim_model", reason: "\(config.modelWidth) is no multiple of 4")
    }
    switch Activation(rawValue: config.feedForwardActivation) {
    case .relu, .gelu: return
    case .glu:
      throw .unsupported(
        key: "policy.feedforward_activation",
        reason: "glu halves the width that linear2 expects, so no act can use it; use relu or gelu")
    case nil:
      throw .unsupported(
        key: "policy.feedforward_activation",
        reason: "\(config.feedForwardActivation) is none of relu, gelu")
    }
  }

  /// The keys of a training batch that the policy reads.
  var batchKeys: [String] {
    imageKeys + (stateWidth == nil ? [] : [stateKey])
      + (environmentWidth == nil ? [] : [environmentKey]) + [actionKey, actionIsPadKey]
  }

  /// An input that is always there, to tell the batch's size.
  func anyInput(_ batch: [String: Tensor]) -> Tensor {
    batch.tensor(imageKeys.first ?? environmentKey)
  }
}

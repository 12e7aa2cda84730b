/// A norm of [B, C, H, W] with a scale and a shift for each channel.
package protocol ChannelNorm: Layer {
  /// - Parameters:
  ///   - x: [B, C, H, W].
  ///   - mode: in training statistics come from the batch, where a norm has both kinds.
  /// - Returns: [B, C, H, W].
  func callAsFunction(_ x: Variable, _ mode: Pass.Mode) -> Variable
}

extension BatchNorm: ChannelNorm {}

extension FrozenBatchNorm: ChannelNorm {
  package func callAsFunction(_ x: Variable, _ mode: Pass.Mode) -> Variable { self(x) }
}

extension GroupNorm: ChannelNorm {
  package func callAsFunction(_ x: Variable, _ mode: Pass.Mode) -> Variable { self(x) }
}

/// The norm behind every convolution of a residual network.
package enum ResNetNorm: Sendable {
  /// Batch norm whose statistics are given: ACT's.
  case frozenBatch
  /// Batch norm as torchvision has it.
  case batch
  /// Groups of 16 channels in place of it (LeRobot `modeling_diffusion.py`,
  /// `DiffusionRgbEncoder`).
  case group

  /// A norm of this kind, the identity up to ε.
  func layer(channels: Int) -> any ChannelNorm {
    switch self {
    case .frozenBatch: FrozenBatchNorm(channels: channels)
    case .batch: BatchNorm(channels: channels)
    case .group: GroupNorm(groupCount: channels / 16, channels: channels)
    }
  }
}

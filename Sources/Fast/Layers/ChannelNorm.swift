/// A norm of [B, C, H, W] with a scale and a shift for each channel, behind a convolution.
package protocol ChannelNorm: Layer {
  /// - Parameters:
  ///   - x: [B, C′, H′, W′], what the convolution takes.
  ///   - convolution: what is normalised; a norm that is constant is folded into its kernel.
  ///   - mode: in training statistics come from the batch, where a norm has both kinds.
  /// - Returns: [B, C, H, W].
  func callAsFunction(_ x: Tensor, after convolution: Convolution, _ mode: Pass.Mode) -> Tensor
}

extension BatchNorm: ChannelNorm {
  package func callAsFunction(
    _ x: Tensor, after convolution: Convolution, _ mode: Pass.Mode
  ) -> Tensor { self(convolution(x), mode) }
}

extension FrozenBatchNorm: ChannelNorm {
  package func callAsFunction(
    _ x: Tensor, after convolution: Convolution, _ mode: Pass.Mode
  ) -> Tensor { self(x, after: convolution) }
}

extension GroupNorm: ChannelNorm {
  package func callAsFunction(
    _ x: Tensor, after convolution: Convolution, _ mode: Pass.Mode
  ) -> Tensor { self(convolution(x)) }
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

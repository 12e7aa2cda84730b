/// A norm of [B, C, H, W] with a scale and a shift for each channel, behind a convolution.
package protocol ChannelNorm: Layer {
  /// - Parameters:
  ///   - x: [B, C′, H′, W′], what the convolution takes.
  ///   - convolution: what is normalised.
  ///   - mode: in training statistics come from the batch, where a norm has both kinds.
  /// - Returns: [B, C, H, W].
  func callAsFunction(
    _ x: Variable, after convolution: Convolution, _ mode: Pass.Mode
  ) -> Variable
}

extension BatchNorm: ChannelNorm {
  package func callAsFunction(
    _ x: Variable, after convolution: Convolution, _ mode: Pass.Mode
  ) -> Variable { self(convolution(x), mode) }
}

extension FrozenBatchNorm: ChannelNorm {
  package func callAsFunction(
    _ x: Variable, after convolution: Convolution, _ mode: Pass.Mode
  ) -> Variable { self(convolution(x)) }
}

extension GroupNorm: ChannelNorm {
  package func callAsFunction(
    _ x: Variable, after convolution: Convolution, _ mode: Pass.Mode
  ) -> Variable { self(convolution(x)) }
}

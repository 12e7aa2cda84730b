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

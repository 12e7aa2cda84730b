import LeRobotCore

/// [DIFF-block]
package struct DiffusionResidualBlock: Layer {
  /// Before the condition.
  package let first: DiffusionConvolutionBlock
  /// The condition to a shift, or a scale and a shift, for each channel.
  package let conditionEncoder: Linear
  /// After the condition.
  package let second: DiffusionConvolutionBlock
  /// 1×1, where the number of channels changes.
  package let shortcut: Convolution1D?
  private let scales: Bool

  /// Draws in the order of the parameters.
  package init(
    inputChannels: Int, outputChannels: Int, conditionWidth: Int, _ config: DiffusionConfig,
    random: any RandomSource
  ) {
    scales = config.usesScaleModulation
    first = DiffusionConvolutionBlock(
      inputChannels: inputChannels, outputChannels: outputChannels,
      kernelSize: config.kernelSize, groupCount: config.groupCount, random: random)
    conditionEncoder = Linear(
      inputWidth: conditionWidth, outputWidth: scales ? 2 * outputChannels : outputChannels,
      random: random)
    second = DiffusionConvolutionBlock(
      inputChannels: outputChannels, outputChannels: outputChannels,
      kernelSize: config.kernelSize, groupCount: config.groupCount, random: random)
    shortcut =
      inputChannels == outputChannels
      ? nil
      : Convolution1D(
        inputChannels: inputChannels, outputChannels: outputChannels, kernelSize: 1,
        random: random)
  }

  package var parameters: NamedParameters {
    named(
      ("conv1", first), ("cond_encoder.1", conditionEncoder), ("conv2", second),
      ("residual_conv", shortcut))
  }

  /// - Parameters:
  ///   - x: [B, C, T].
  ///   - condition: [B, E + G].
  /// - Returns: [B, U, T].
  package func callAsFunction(_ x: Tensor, condition: Tensor) -> Tensor {
    let y = second(modulated(first(x), condition: condition))
    return y + (shortcut.map { $0(x) } ?? x)
  }

  /// [DIFF-film]
  ///
  /// - Returns: [B, U, T].
  func modulated(_ x: Tensor, condition: Tensor) -> Tensor {
    let encoded = conditionEncoder(mish(condition)).expanded(axis: 2)  // [B, U or 2U, 1]
    guard scales else { return x + encoded }
    let channels = x.size(1)
    let scale = encoded.sliced(0..<channels, axis: 1)
    let shift = encoded.sliced(channels..<2 * channels, axis: 1)
    return scale * x + shift
  }
}

/// [DIFF-conv-block]
package struct DiffusionConvolutionBlock: Layer {
  /// Keeps the number of steps.
  package let convolution: Convolution1D
  /// Over groups of channels.
  package let norm: GroupNorm

  /// Draws the convolution.
  package init(
    inputChannels: Int, outputChannels: Int, kernelSize: Int, groupCount: Int,
    random: any RandomSource
  ) {
    convolution = Convolution1D(
      inputChannels: inputChannels, outputChannels: outputChannels, kernelSize: kernelSize,
      padding: kernelSize / 2, random: random)
    norm = GroupNorm(groupCount: groupCount, channels: outputChannels)
  }

  package var parameters: NamedParameters {
    named(("block.0", convolution), ("block.1", norm))
  }

  /// - Parameter x: [B, C, T].
  /// - Returns: [B, U, T].
  package func callAsFunction(_ x: Tensor) -> Tensor { mish(norm(convolution(x))) }
}

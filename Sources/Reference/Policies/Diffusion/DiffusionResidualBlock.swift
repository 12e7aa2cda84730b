import LeRobotCore

/// [DIFF-block]  y = F₂(FiLM(F₁(x), c)) + x with two convolution blocks F; x passes a 1×1 convolution
/// where the number of channels changes.
///
/// LeRobot `DiffusionConditionalResidualBlock1d`; §III-A.
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
  package func callAsFunction(_ x: Variable, condition: Variable) -> Variable {
    let y = second(modulated(first(x), condition: condition))
    return y + (shortcut.map { $0(x) } ?? x)
  }

  /// [DIFF-film]  γ ⊙ x + β per channel with [γ, β] = W · mish(c) + b; x + β without scale
  /// modulation.
  ///
  /// Feature-wise linear modulation: Perez et al. (arXiv:1709.07871), eq. 2.
  ///
  /// - Parameters:
  ///   - x: [B, U, T].
  ///   - condition: [B, E + G].
  /// - Returns: [B, U, T].
  func modulated(_ x: Variable, condition: Variable) -> Variable {
    let encoded = conditionEncoder(mish(condition))  // [B, U or 2U]
    let perChannel = encoded.reshaped(encoded.shape + [1])
    guard scales else { return x + perChannel }
    let channels = x.size(1)
    let scale = perChannel.sliced(0..<channels, axis: 1)  // γ
    let shift = perChannel.sliced(channels..<2 * channels, axis: 1)  // β
    return scale * x + shift
  }
}

/// [DIFF-conv-block]  F(x) = mish(GroupNorm(W ∗ x + b)).
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
  package func callAsFunction(_ x: Variable) -> Variable { mish(norm(convolution(x))) }
}

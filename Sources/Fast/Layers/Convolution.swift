/// [convolution]  One call: libtorch picks oneDNN's or cuDNN's kernel.
package struct Convolution: Layer {
  /// W, [O, C, k, k].
  package let weight: Parameter
  /// b, [O], where there is one.
  package let bias: Parameter?
  /// Step of the kernel.
  package let stride: Int
  /// Zeros around the picture.
  package let padding: Int
  /// Distance between taps.
  package let dilation: Int

  /// Draws the weight, then the bias.
  package init(
    inputChannels: Int, outputChannels: Int, kernelSize: Int, stride: Int = 1, padding: Int = 0,
    dilation: Int = 1, hasBias: Bool = true, random: any RandomSource
  ) {
    let shape = [outputChannels, inputChannels, kernelSize, kernelSize]
    weight = Parameter(random.kaimingUniform(shape))
    bias = hasBias ? Parameter(random.defaultBias(shape)) : nil
    (self.stride, self.padding, self.dilation) = (stride, padding, dilation)
  }

  package var parameters: NamedParameters {
    var all: NamedParameters = ["weight": weight]
    all["bias"] = bias
    return all
  }

  /// - Parameter x: [B, C, H, W].
  /// - Returns: [B, O, H′, W′].
  package func callAsFunction(_ x: Tensor) -> Tensor {
    x.convolved(
      weight.variable, bias?.variable, stride: stride, padding: padding, dilation: dilation)
  }

  /// The convolution, times `scale` and plus `shift` in every channel.
  ///
  /// - Parameters:
  ///   - x: [B, C, H, W].
  ///   - scale: [O].
  ///   - shift: [O].
  /// - Returns: [B, O, H′, W′].
  package func callAsFunction(_ x: Tensor, scale: Tensor, shift: Tensor) -> Tensor {
    let scaled = weight.variable * scale.reshaped([-1, 1, 1, 1])
    let shifted = bias.map { $0.variable * scale + shift } ?? shift
    return x.convolved(
      scaled, shifted, stride: stride, padding: padding, dilation: dilation)
  }
}

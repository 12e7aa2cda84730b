/// [transposed-convolution-1d]
package struct ConvolutionTranspose1D: Layer {
  /// W, [C, O, k].
  package let weight: Parameter
  /// b, [O].
  package let bias: Parameter
  /// Distance of neighbouring inputs in the output.
  package let stride: Int
  /// Outputs cut off at both ends.
  package let padding: Int

  /// Draws the weight, then the bias; torch takes O·k for the fan-in of both.
  package init(
    inputChannels: Int, outputChannels: Int, kernelSize: Int, stride: Int, padding: Int,
    random: any RandomSource
  ) {
    let shape = [inputChannels, outputChannels, kernelSize]
    weight = Parameter(random.kaimingUniform(shape))
    bias = Parameter(random.defaultBias(shape, count: outputChannels))
    (self.stride, self.padding) = (stride, padding)
  }

  package var parameters: NamedParameters { ["weight": weight, "bias": bias] }

  /// - Parameter x: [B, C, T].
  /// - Returns: [B, O, T′].
  package func callAsFunction(_ x: Tensor) -> Tensor {
    x.transposeConvolved1D(weight.variable, bias.variable, stride: stride, padding: padding)
  }
}

/// [convolution-1d]
package struct Convolution1D: Layer {
  /// W, [O, C, k].
  package let weight: Parameter
  /// b, [O].
  package let bias: Parameter
  /// Step of the kernel.
  package let stride: Int
  /// Zeros at both ends.
  package let padding: Int

  /// Draws the weight, then the bias.
  package init(
    inputChannels: Int, outputChannels: Int, kernelSize: Int, stride: Int = 1, padding: Int = 0,
    random: any RandomSource
  ) {
    let shape = [outputChannels, inputChannels, kernelSize]
    weight = Parameter(random.kaimingUniform(shape))
    bias = Parameter(random.defaultBias(shape))
    (self.stride, self.padding) = (stride, padding)
  }

  package var parameters: NamedParameters { ["weight": weight, "bias": bias] }

  /// - Parameter x: [B, C, T].
  /// - Returns: [B, O, T′].
  package func callAsFunction(_ x: Tensor) -> Tensor {
    x.convolved1D(weight.variable, bias.variable, stride: stride, padding: padding)
  }
}

/// [transposed-convolution-1d]  yₒ(q) = bₒ + Σ_c Σ_τ W꜀ₒ(τ) · x꜀(p) over all p and τ with
/// q = s·p + τ − padding: each input is painted with the kernel, s places after the one before. The
/// adjoint of [convolution-1d].
///
/// Dumoulin & Visin (arXiv:1603.07285), ch. 4; torch `nn/modules/conv.py`, `ConvTranspose1d`.
package struct ConvolutionTranspose1D: Layer {
  /// W, [C, O, k].
  package let weight: Parameter
  /// b, [O].
  package let bias: Parameter
  /// s, distance of neighbouring inputs in the output.
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
  /// - Returns: [B, O, T′], T′ = (T − 1)·s − 2·padding + k.
  package func callAsFunction(_ x: Variable) -> Variable {
    let kernelSize = weight.value.size(2)
    let length = (x.size(2) - 1) * stride - 2 * padding + kernelSize
    let kernel = weight.variable.permuted([1, 0, 2])  // [O, C, k]
    return weighted(x, kernel: kernel, bias: bias.variable, length: length) { position, tap in
      let painted = position + padding - tap  // s·p
      return painted % stride == 0 ? painted / stride : nil
    }
  }
}

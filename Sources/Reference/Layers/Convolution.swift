/// [convolution]  yₒ(p) = bₒ + Σ_c Σ_t Wₒ꜀(t) · x꜀(s·p + d·t − padding), a cross-correlation with
/// stride s and dilation d; x is 0 outside the picture.
///
/// The sum over channels and taps is a matrix product of the kernel with the picture's patches.
/// torch `nn/modules/conv.py`, `Conv2d`.
package struct Convolution: Layer {
  /// W, [O, C, k, k].
  package let weight: Parameter
  /// b, [O], where there is one.
  package let bias: Parameter?
  /// s, pixels between neighbouring windows.
  package let stride: Int
  /// Zeros around the picture.
  package let padding: Int
  /// d, distance between taps.
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
  package func callAsFunction(_ x: Variable) -> Variable {
    let outputs = weight.value.size(0)
    let kernel = weight.variable.reshaped([outputs, -1])  // [O, C·k·k]
    let window = Window(
      size: weight.value.size(3), stride: stride, padding: padding, dilation: dilation)
    let size = x.shape.suffix(2).map(window.count)  // H′, W′
    let pictures = (0..<x.size(0)).map { b in
      let picture = x.sliced(b..<b + 1, axis: 0).reshaped(Array(x.shape.dropFirst()))
      return matmul(kernel, picture.patches(window)).reshaped([1, outputs] + size)
    }
    let y = Variable.concatenated(pictures, axis: 0)
    return bias.map { y + $0.variable.reshaped([outputs, 1, 1]) } ?? y
  }
}

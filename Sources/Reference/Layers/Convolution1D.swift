/// [convolution-1d]  yₒ(p) = bₒ + Σ_c Σ_τ Wₒ꜀(τ) · x꜀(s·p + τ − padding), a cross-correlation with
/// stride s along a sequence; x is 0 outside of it.
///
/// torch `nn/modules/conv.py`, `Conv1d`.
package struct Convolution1D: Layer {
  /// W, [O, C, k].
  package let weight: Parameter
  /// b, [O].
  package let bias: Parameter
  /// s, places between neighbouring windows.
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
  /// - Returns: [B, O, T′], T′ = ⌊(T + 2·padding − k)/s⌋ + 1.
  package func callAsFunction(_ x: Variable) -> Variable {
    let kernelSize = weight.value.size(2)
    let length = (x.size(2) + 2 * padding - kernelSize) / stride + 1
    return weighted(x, kernel: weight.variable, bias: bias.variable, length: length) {
      position, tap in position * stride + tap - padding
    }
  }
}

/// yₒ(p) = bₒ + Σ_c Σ_τ Wₒ꜀(τ) · x꜀(place(p, τ)), as the product of the kernel with what its taps
/// see.
///
/// - Parameters:
///   - x: [B, C, T].
///   - kernel: W, [O, C, k].
///   - length: T′.
///   - place: where in the sequence a tap of an output looks; outside of it or nowhere it sees 0.
/// - Returns: [B, O, T′].
func weighted(
  _ x: Variable, kernel: Variable, bias: Variable, length: Int,
  place: (_ position: Int, _ tap: Int) -> Int?
) -> Variable {
  let (batch, channels, inputLength) = (x.size(0), x.size(1), x.size(2))
  let (outputs, taps) = (kernel.size(0), kernel.size(2))
  // A zero behind each sequence, for taps that see nothing.
  let extended = Variable.concatenated([x, Variable(.zeros([batch, channels, 1]))], axis: 2)
  var places: [Int] = []
  for channel in 0..<channels {
    for tap in 0..<taps {
      for sample in 0..<batch {
        let start = (sample * channels + channel) * (inputLength + 1)
        for position in 0..<length {
          let seen = place(position, tap) ?? inputLength
          places.append(start + (0..<inputLength ~= seen ? seen : inputLength))
        }
      }
    }
  }
  let seen = extended.gathered(places, shape: [channels * taps, batch * length])
  let y = matmul(kernel.reshaped([outputs, -1]), seen).reshaped([outputs, batch, length])
  return y.permuted([1, 0, 2]) + bias.reshaped([outputs, 1])
}

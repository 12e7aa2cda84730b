import Foundation
import Reference
import Support
import Testing

/// Convolutions along a sequence, and the norms that tell training from evaluation.
@Suite struct SequenceLayerPropertyTests {
  private let random = SplitMixRandom(seed: 12)

  private func input(_ shape: [Int], seed: UInt64 = 5) -> Variable {
    var generator = SplitMix64(seed: seed)
    return Variable(.random(shape, using: &generator))
  }

  @Test(arguments: [(3, 1, 1), (3, 2, 1), (5, 1, 2), (1, 1, 0), (2, 3, 0)])
  func convolution1DMatchesItsDefinition(size: Int, stride: Int, padding: Int) {
    let layer = Convolution1D(
      inputChannels: 2, outputChannels: 3, kernelSize: size, stride: stride, padding: padding,
      random: random)
    let x = input([2, 2, 7])
    let (w, bias) = (layer.weight.value, layer.bias.value)
    let length = (7 + 2 * padding - size) / stride + 1
    var expected: [Double] = []
    for b in 0..<2 {
      for o in 0..<3 {
        for p in 0..<length {
          var sum = bias.elements[o]
          for c in 0..<2 {
            for t in 0..<size where (0..<7).contains(p * stride + t - padding) {
              let place = p * stride + t - padding
              sum += w.elements[(o * 2 + c) * size + t] * x.value.elements[(b * 2 + c) * 7 + place]
            }
          }
          expected.append(sum)
        }
      }
    }
    let found = layer(x).value
    #expect(
      mismatch(Tensor(expected, shape: [2, 3, length]), found, relative: 1e-13) == nil)
  }

  /// ⟨W ∗ x, y⟩ = ⟨x, Wᵀ ∗ y⟩ without biases.
  @Test(arguments: [(4, 2, 1), (3, 1, 1), (5, 3, 0)])
  func transposedConvolutionIsTheAdjoint(size: Int, stride: Int, padding: Int) {
    let down = Convolution1D(
      inputChannels: 2, outputChannels: 3, kernelSize: size, stride: stride, padding: padding,
      random: random)
    let up = ConvolutionTranspose1D(
      inputChannels: 3, outputChannels: 2, kernelSize: size, stride: stride, padding: padding,
      random: random)
    up.weight.value = down.weight.value
    down.bias.value = .zeros([3])
    up.bias.value = .zeros([2])
    let y = input([2, 3, 4], seed: 6)
    let painted = up(y)
    #expect(painted.shape == [2, 2, 3 * stride - 2 * padding + size])
    let x = input(painted.shape)
    let left = (down(x) * y).sum().value.scalar
    let right = (x * painted).sum().value.scalar
    #expect(abs(left - right) < 1e-12)
    up.bias.value = Tensor([1, 2], shape: [2])
    let shift = up(y).value - painted.value
    #expect(mismatch(shift.mean([0, 2]), up.bias.value, relative: 1e-12) == nil)
  }

  @Test func transposedConvolutionDrawsForItsOwnFanIn() {
    let layer = ConvolutionTranspose1D(
      inputChannels: 4, outputChannels: 64, kernelSize: 4, stride: 2, padding: 1, random: random)
    // Within 1/√(O·k) = 1/16, not 1/√(C·k) = 1/4; one bias for each output.
    for parameter in [layer.weight, layer.bias] {
      let largest = parameter.value.elements.map(abs).max() ?? 0
      #expect(largest > 0.055 && largest <= 0.0625)
    }
    #expect(layer.bias.value.shape == [64])
  }

  @Test(arguments: [false, true])
  func gradientsMatchFiniteDifferences(isTransposed: Bool) {
    var generator = SplitMix64(seed: 7)
    let x = Tensor.random([2, 2, 5], using: &generator)
    let message: String?
    if isTransposed {
      let layer = ConvolutionTranspose1D(
        inputChannels: 2, outputChannels: 2, kernelSize: 4, stride: 2, padding: 1, random: random)
      message = gradientMismatch(at: [x], seed: 8) { layer($0[0]) }
    } else {
      let layer = Convolution1D(
        inputChannels: 2, outputChannels: 2, kernelSize: 3, stride: 2, padding: 1, random: random)
      message = gradientMismatch(at: [x], seed: 8) { layer($0[0]) }
    }
    #expect(message == nil)
  }

  @Test func mishTakesItsKnownValues() {
    let y = mish(Variable(Tensor([0, 1, -1, 1000, -1000], shape: [5]))).value
    // tanh(ln a) = (a² − 1)/(a² + 1).
    let squares = [1 + M_E, 1 + 1 / M_E].map { $0 * $0 }
    let at1 = squares.map { ($0 - 1) / ($0 + 1) }
    let expected = Tensor([0, at1[0], -at1[1], 1000, 0], shape: [5])
    #expect(mismatch(expected, y, relative: 0, absolute: 1e-15) == nil)
  }

  @Test func batchNormStandardizesEachChannelOverTheBatchInTraining() {
    let norm = BatchNorm(channels: 2)
    let x = input([3, 2, 2, 4])
    let y = norm(x, .train).value
    #expect(mismatch(.zeros([2]), y.mean([0, 2, 3]), relative: 0, absolute: 1e-14) == nil)
    let mean = x.value.mean([0, 2, 3], keepingAxes: true)
    let variance = (x.value - mean).map { $0 * $0 }.mean([0, 2, 3])
    let expected = variance / (variance + 1e-5)
    #expect(mismatch(expected, (y * y).mean([0, 2, 3]), relative: 1e-12) == nil)
  }

  @Test func batchNormRemembersATenthOfEachBatch() {
    let norm = BatchNorm(channels: 1)
    let x = Variable(Tensor([1, 2, 3, 6], shape: [2, 1, 1, 2]))  // mean 3, Σ(x − 3)² = 14
    _ = norm(x, .train)
    #expect(abs(norm.runningMean.value.elements[0] - 0.3) < 1e-15)
    #expect(abs(norm.runningVariance.value.elements[0] - (0.9 + 0.1 * 14 / 3)) < 1e-15)
    #expect(norm.batchCount.stored.doubles == [1])
  }

  @Test func batchNormEvaluatesByWhatItRemembersAndForgetsNothing() {
    let norm = BatchNorm(channels: 1)
    norm.runningMean.value = Tensor([2], shape: [1])
    norm.runningVariance.value = Tensor([4 - 1e-5], shape: [1])
    norm.weight.value = Tensor([3], shape: [1])
    norm.bias.value = Tensor([1], shape: [1])
    let y = norm(Variable(Tensor([2, 6], shape: [1, 1, 1, 2])), .evaluate).value
    #expect(mismatch(Tensor([1, 7], shape: [1, 1, 1, 2]), y, relative: 1e-14) == nil)
    #expect(norm.runningMean.value.elements == [2] && norm.batchCount.value.scalar == 0)
  }

  @Test(arguments: [Pass.Mode.train, .evaluate])
  func gradientsOfABatchNormMatchFiniteDifferences(mode: Pass.Mode) {
    let norm = BatchNorm(channels: 2)
    var generator = SplitMix64(seed: 9)
    norm.weight.value = .random([2], using: &generator)
    let message = gradientMismatch(at: [.random([2, 2, 2, 2], using: &generator)], seed: 10) {
      norm($0[0], mode)
    }
    #expect(message == nil)
  }

  @Test func aNormOfGroupsHasSixteenChannelsInEach() throws {
    let x = input([1, 64, 1, 2])
    let network = ResNet(.resnet18, norm: .group, random: random)
    let norm = try #require(network.stemNorm as? GroupNorm)
    let y = norm(x).value
    let groups = y.reshaped([4, 32])
    #expect(mismatch(.zeros([4]), groups.mean([1]), relative: 0, absolute: 1e-14) == nil)
    let one = GroupNorm(groupCount: 4, channels: 64)(x).value
    #expect(mismatch(one, y, relative: 1e-14) == nil)
  }
}

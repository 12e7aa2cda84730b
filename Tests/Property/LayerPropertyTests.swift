import Foundation
import LeRobotCore
import Reference
import Support
import Testing

@Suite struct LayerPropertyTests {
  private let random = SplitMixRandom(seed: 11)

  private func input(_ shape: [Int], seed: UInt64 = 5) -> Variable {
    var generator = SplitMix64(seed: seed)
    return Variable(.random(shape, using: &generator))
  }

  @Test func linearIsAMatrixProductAndABias() {
    let layer = Linear(inputWidth: 2, outputWidth: 1, random: random)
    layer.weight.value = Tensor([2, 3], shape: [1, 2])
    layer.bias?.value = Tensor([10], shape: [1])
    let y = layer(Variable(Tensor([1, 1, 0, 2], shape: [2, 1, 2])))
    #expect(y.value == Tensor([15, 16], shape: [2, 1, 1]))
  }

  @Test(arguments: [
    Window(size: 3, padding: 1), Window(size: 3, stride: 2, padding: 1),
    Window(size: 3, padding: 2, dilation: 2), Window(size: 1, stride: 2), Window(size: 2),
  ])
  func convolutionMatchesItsDefinition(window: Window) {
    let layer = Convolution(
      inputChannels: 2, outputChannels: 3, kernelSize: window.size, stride: window.stride,
      padding: window.padding, dilation: window.dilation, random: random)
    let x = input([2, 2, 6, 5])
    let y = layer(x).value
    let expected = convolution(x.value, layer.weight.value, layer.bias?.value, window)
    #expect(mismatch(expected, y, relative: 1e-13) == nil)
  }

  /// [convolution] as seven loops.
  private func convolution(_ x: Tensor, _ w: Tensor, _ bias: Tensor?, _ window: Window) -> Tensor {
    let (batch, channels, height, width) = (x.shape[0], x.shape[1], x.shape[2], x.shape[3])
    let (rows, columns) = (window.count(along: height), window.count(along: width))
    let k = window.size
    var elements: [Double] = []
    for b in 0..<batch {
      for o in 0..<w.shape[0] {
        for row in 0..<rows {
          for column in 0..<columns {
            var sum = bias?.elements[o] ?? 0
            for c in 0..<channels {
              for t in 0..<k * k {
                let y = row * window.stride + t / k * window.dilation - window.padding
                let z = column * window.stride + t % k * window.dilation - window.padding
                guard y >= 0, y < height, z >= 0, z < width else { continue }
                sum +=
                  w.elements[(o * channels + c) * k * k + t]
                  * x.elements[((b * channels + c) * height + y) * width + z]
              }
            }
            elements.append(sum)
          }
        }
      }
    }
    return Tensor(elements, shape: [batch, w.shape[0], rows, columns])
  }

  @Test func layerNormCentresAndScalesEachVector() {
    let x = input([3, 8])
    let y = LayerNorm(width: 8)(x).value
    #expect(mismatch(.zeros([3]), y.mean([1]), relative: 0, absolute: 1e-14) == nil)
    let variance = (x.value - x.value.mean([1], keepingAxes: true)).map { $0 * $0 }.mean([1])
    let expected = variance / (variance + 1e-5)
    #expect(mismatch(expected, (y * y).mean([1]), relative: 1e-12) == nil)
  }

  @Test func groupNormOfOneGroupIsALayerNormOverThePicture() {
    let x = input([2, 4, 3, 2])
    let norm = GroupNorm(groupCount: 1, channels: 4)
    let flat = LayerNorm(width: 24)(x.reshaped([2, 24])).reshaped(x.shape)
    #expect(mismatch(flat.value, norm(x).value, relative: 1e-13) == nil)
  }

  @Test func groupNormScalesAndShiftsByChannel() {
    let norm = GroupNorm(groupCount: 2, channels: 4)
    let x = input([2, 4, 3])
    let plain = norm(x).value
    norm.weight.value = Tensor([1, 2, 3, 4], shape: [4])
    norm.bias.value = Tensor([5, 6, 7, 8], shape: [4])
    let expected =
      plain * Tensor([1, 2, 3, 4], shape: [4, 1]) + Tensor([5, 6, 7, 8], shape: [4, 1])
    #expect(mismatch(expected, norm(x).value, relative: 1e-14) == nil)
    let first = plain.sliced(0..<2, axis: 1)
    #expect(mismatch(.zeros([2]), first.mean([1, 2]), relative: 0, absolute: 1e-14) == nil)
  }

  @Test func frozenBatchNormIsAffinePerChannel() {
    let norm = FrozenBatchNorm(channels: 1)
    norm.weight.value = Tensor([2], shape: [1])
    norm.bias.value = Tensor([3], shape: [1])
    norm.runningMean.value = Tensor([1], shape: [1])
    norm.runningVariance.value = Tensor([4], shape: [1])
    let y = norm(Variable(Tensor([5], shape: [1, 1, 1, 1])))
    let expected = 3 + 2 * (5 - 1) / (4 + 1e-5).squareRoot()
    #expect(abs(y.value.scalar - expected) < 1e-13)
  }

  @Test func dropoutKeepsTheMeanAndDropsOnlyInTraining() {
    let x = Variable(.ones([100, 100]))
    let dropout = Dropout(probability: 0.25)
    let y = dropout(x, .train(random)).value
    #expect(Set(y.elements) == [0, 1 / 0.75])
    #expect(abs(y.mean([0, 1]).scalar - 1) < 0.03)
    #expect(dropout(x, .evaluate(random)) === x)
    #expect(Dropout(probability: 0)(x, .train(random)) === x)
  }

  @Test func embeddingReadsRows() {
    let embedding = Embedding(count: 3, width: 2, random: random)
    embedding.weight.value = Tensor([0, 1, 2, 3, 4, 5], shape: [3, 2])
    #expect(
      embedding(Tensor([2, 0, 2], shape: [3])).value == Tensor([4, 5, 0, 1, 4, 5], shape: [3, 2]))
  }

  @Test func maxPoolTakesTheLargestOfEachWindow() {
    let x = Tensor([-1, -2, -3, -4, 5, -6, -7, -8, -9], shape: [1, 1, 3, 3])
    let y = MaxPool(kernelSize: 3, stride: 2, padding: 1)(Variable(x))
    #expect(y.value == Tensor([5, 5, 5, 5], shape: [1, 1, 2, 2]))
    let corner = MaxPool(kernelSize: 2, stride: 2, padding: 1)(Variable(x))
    #expect(corner.value == Tensor([-1, -2, -4, 5], shape: [1, 1, 2, 2]))
  }

  @Test func activationsTakeTheirKnownValues() {
    let x = Variable(Tensor([-1, 2], shape: [1, 2]))
    #expect(Activation.relu(x).value.elements == [0, 2])
    let gelu = Activation.gelu(x).value
    let expected = Tensor([-0.158655253931457, 1.95449973610364], shape: [1, 2])
    #expect(mismatch(expected, gelu, relative: 1e-14) == nil)
    #expect(abs(Activation.glu(x).value.scalar + 1 / (1 + exp(-2))) < 1e-15)
  }

  @Test func initialWeightsStayWithinTheirBounds() throws {
    let linear = Linear(inputWidth: 16, outputWidth: 50, random: random)
    let reach = linear.weight.value.map(abs).maximum([0, 1]).scalar
    #expect(reach <= 0.25 && reach > 0.24)
    #expect(try #require(linear.bias).value.map(abs).maximum([0]).scalar <= 0.25)
    let attention = MultiHeadAttention(width: 12, headCount: 2, dropout: 0, random: random)
    let bound = (6.0 / (12 + 36)).squareRoot()
    let weights = attention.inputWeight.value.map(abs).maximum([0, 1]).scalar
    #expect(weights <= bound && weights > 0.95 * bound)
    #expect(attention.inputBias.value == .zeros([36]))
    #expect(attention.output.bias?.value == .zeros([12]))
  }
}

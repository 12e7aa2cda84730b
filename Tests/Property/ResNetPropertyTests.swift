import LeRobotCore
import Reference
import Support
import Testing

@Suite struct ResNetPropertyTests {
  @Test func blocksReportTorchsNames() {
    let block = ResidualBlock(
      inputChannels: 4, width: 2, isBottleneck: true, stride: 2, dilation: 1,
      random: SplitMixRandom(seed: 1))
    #expect(
      block.parameters.keys.filter { $0.hasSuffix(".weight") } == [
        "conv1.weight", "bn1.weight", "conv2.weight", "bn2.weight", "conv3.weight", "bn3.weight",
        "downsample.0.weight", "downsample.1.weight",
      ])
  }

  @Test(arguments: [(1, 2, [1, 8, 4, 3]), (2, 1, [1, 8, 8, 6])])
  func strideHalvesAndDilationKeepsTheResolution(
    dilation: Int, stride: Int, expected: [Int]
  ) {
    let block = ResidualBlock(
      inputChannels: 3, width: 2, isBottleneck: true, stride: stride, dilation: dilation,
      random: SplitMixRandom(seed: 1))
    #expect(block(Variable(.ones([1, 3, 8, 6])), .evaluate).shape == expected)
  }

  @Test(arguments: [false, true])
  func gradientsMatchFiniteDifferences(isBottleneck: Bool) {
    let block = ResidualBlock(
      inputChannels: 2, width: 2, isBottleneck: isBottleneck, stride: 2, dilation: 1,
      random: SplitMixRandom(seed: 4))
    var generator = SplitMix64(seed: 5)
    let message = gradientMismatch(at: [.random([1, 2, 4, 4], using: &generator)], seed: 6) {
      block($0[0], .evaluate)
    }
    #expect(message == nil)
  }

  /// torchvision's numbers of parameters, and how many of them belong to batch norms.
  @Test(arguments: [
    (ResNetArchitecture.resnet18, 11_689_512, 9_600), (.resnet34, 21_797_672, 17_024),
    (.resnet50, 25_557_032, 53_120), (.resnet101, 44_549_160, 105_344),
    (.resnet152, 60_192_808, 151_424),
  ])
  func networksHaveTheKnownNumberOfParameters(
    architecture: ResNetArchitecture, count: Int, ofBatchNorms: Int
  ) {
    let network = ResNet(
      architecture, replacesFinalStrideWithDilation: false, random: ZeroRandom())
    func total(_ isTrained: Bool) -> Int {
      network.parameters.values.filter { $0.isTrained == isTrained }.map(\.value.count)
        .reduce(0, +)
    }
    let features = network.featureChannels
    #expect(features == (architecture.hasBottlenecks ? 2048 : 512))
    #expect(total(true) == count - ofBatchNorms - (features * 1000 + 1000))
    // Beside γ and β a frozen batch norm stores μ and σ².
    #expect(total(false) == 2 * ofBatchNorms)
  }

  @Test func theResolutionFallsByThirtyTwo() {
    let network = ResNet(
      .resnet18, replacesFinalStrideWithDilation: false, random: ZeroRandom())
    #expect(network(Variable(.ones([1, 3, 33, 64])), .evaluate).shape == [1, 512, 2, 2])
  }
}

/// Draws zeros, which takes no time.
private final class ZeroRandom: RandomSource {
  func uniform(_ shape: [Int], from: Double, to: Double) -> Tensor { .zeros(shape) }
  func normal(_ shape: [Int], mean: Double, standardDeviation: Double) -> Tensor {
    .zeros(shape)
  }
  func bernoulli(_ shape: [Int], probability: Double) -> Tensor { .zeros(shape) }
  func exponential(_ shape: [Int]) -> Tensor { .ones(shape) }
  func beta(_ shape: [Int], _ a: Double, _ b: Double) -> Tensor { .ones(shape) }
  func choices(_ count: Int, below bound: Int) -> [Int] { Array(repeating: 0, count: count) }
  func integers(_ shape: [Int], below bound: Int) -> Tensor { .zeros(shape) }
  func preservingState<Result>(_ body: () throws -> Result) throws -> Result { try body() }
}

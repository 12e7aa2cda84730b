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
    #expect(block(Variable(.ones([1, 3, 8, 6]))).shape == expected)
  }

  @Test(arguments: [false, true])
  func gradientsMatchFiniteDifferences(isBottleneck: Bool) {
    let block = ResidualBlock(
      inputChannels: 2, width: 2, isBottleneck: isBottleneck, stride: 2, dilation: 1,
      random: SplitMixRandom(seed: 4))
    var generator = SplitMix64(seed: 5)
    let message = gradientMismatch(at: [.random([1, 2, 4, 4], using: &generator)], seed: 6) {
      block($0[0])
    }
    #expect(message == nil)
  }

  @Test func resnet18HasTheKnownNumberOfParameters() {
    let network = ResNet(
      .resnet18, replacesFinalStrideWithDilation: false,
      random: TorchRandom(TorchGenerator(seed: 1)))
    let trained = network.parameters.values.filter(\.isTrained).map(\.value.count).reduce(0, +)
    // torchvision's 11 689 512 without the classifier and the (frozen) batch norms.
    #expect(trained == 11_689_512 - 513_000 - 9_600)
    #expect(network.featureChannels == 512)
    #expect(network(Variable(.ones([1, 3, 33, 64]))).shape == [1, 512, 2, 2])
  }
}

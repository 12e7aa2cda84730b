import Fast
import LeRobotCore
import Support
import Testing

/// What the shim computes on its own way, against libtorch's plain operations.
@Suite @TorchThread struct FastKernelPropertyTests {
  init() throws { try Torch.open() }

  private func ones(_ shape: [Int]) -> Tensor { .ones(shape) }

  /// The kernels of dropout that run: none where libtorch draws masks by MKL.
  private func dropouts(_ kernels: KernelChoice, _ expected: [Kernel: Int]) -> [Kernel: Int] {
    switch kernels {
    case .plain: [:]
    case .own: Processor.isIntel ? [:] : expected
    case .forced: expected
    }
  }

  /// Sizes that end within a block of the generator, at its edge, and after several blocks.
  private nonisolated static let counts = [1, 2, 311, 312, 313, 624, 10_007]

  /// Dropout and dropout behind a rectifier, of ones, and the generator's state afterwards.
  private func masks(count: Int) throws -> (masks: [HostTensor], state: [UInt8]) {
    let backend = try FastBackend(device: "cpu")
    let dropout = Dropout(probability: 0.3)
    let random = TorchRandom()
    try backend.seed(UInt64(count))
    // An odd number of words before, so that pairs straddle the blocks.
    _ = random.uniform([1], from: 0, to: 1)
    let x = ones([count])
    let masks = try [
      dropout(x, .train(random)).host(), dropout(.relu, of: x, .train(random)).host(),
    ]
    return (masks, try backend.randomState())
  }

  @Test(arguments: counts, [KernelChoice.own, .plain])
  func dropoutDrawsTorchsMask(count: Int, kernels: KernelChoice) throws {
    let (found, counts) = try runs(kernels) { try masks(count: count) }
    #expect(counts == dropouts(kernels, [.dropout: 1, .rectifiedDropout: 1]))
    let backend = try FastBackend(device: "cpu")
    let random = TorchRandom()
    try backend.seed(UInt64(count))
    _ = random.uniform([1], from: 0, to: 1)
    for mask in found.masks {
      let expected = random.bernoulli([count], probability: 0.7)
      #expect(try (expected / 0.7).host() == mask, "\(count) draws")
    }
    #expect(try backend.randomState() == found.state)
  }

  /// On every processor, against torch's generator as Core has it.
  @Test(arguments: counts) func dropoutDrawsTheGeneratorsMask(count: Int) throws {
    let (found, counts) = try runs(.forced) { try masks(count: count) }
    #expect(counts == [.dropout: 1, .rectifiedDropout: 1])
    var generator = TorchGenerator(seed: UInt64(count))
    _ = generator.next32()
    for mask in found.masks {
      let kept = generator.dropoutMask(count: count, rate: 0.3)
      #expect(mask.doubles.map { $0 != 0 } == kept, "\(count) draws")
    }
    #expect(generator.state == found.state)
  }

  @Test(arguments: KernelChoice.allCases)
  func dropoutPassesTheGradientThroughItsMask(kernels: KernelChoice) throws {
    let backend = try FastBackend(device: "cpu")
    for isRectified in [false, true] {
      try backend.seed(5)
      let x = TorchRandom().normal([40, 25], mean: 0, standardDeviation: 1)
      x.needsGradient = true
      let dropout = Dropout(probability: 0.25)
      let pass = Pass.train(TorchRandom())
      let (y, counts) = runs(kernels) {
        let y = isRectified ? dropout(.relu, of: x, pass) : dropout(x, pass)
        y.squared().sum().backward()
        return y
      }
      #expect(counts == dropouts(kernels, [isRectified ? .rectifiedDropout : .dropout: 1]))
      let slope = 1 / Float(0.75)
      let (input, output) = (try x.host().doubles, try y.detached().host().doubles)
      let gradient = try #require(x.gradient).host().doubles
      for index in input.indices {
        let isOpen = output[index] != 0
        let expected = isOpen ? 2 * output[index] * Double(slope) : 0
        #expect(abs(gradient[index] - expected) <= 1e-5, "element \(index), x \(input[index])")
        if isOpen {
          #expect(abs(output[index] - input[index] * Double(slope)) <= 1e-5)
          #expect(!isRectified || input[index] > 0)
        }
      }
    }
  }

  /// The norm behind the convolution, one after the other and in plain order of memory, rounds as
  /// LeRobot's modules do; folded and in another order it would not. Gradients have no say in it.
  @Test func forLeRobotsRoundingAFrozenNormFollowsItsConvolution() throws {
    let random = TorchRandom()
    try FastBackend(device: "cpu").seed(3)
    let convolution = Convolution(
      inputChannels: 16, outputChannels: 32, kernelSize: 3, padding: 1, hasBias: false,
      random: random)
    for (_, parameter) in convolution.parameters { parameter.move(to: .float32, device: .cpu) }
    let norm = FrozenBatchNorm(channels: 32)
    for parameter in [norm.weight, norm.bias, norm.runningMean, norm.runningVariance] {
      parameter.value = random.uniform([32], from: 0.5, to: 2)
    }
    let x = random.normal([2, 16, 12, 20], mean: 0, standardDeviation: 1)
    let plain = Convolution(
      inputChannels: 16, outputChannels: 32, kernelSize: 3, padding: 1, hasBias: false,
      random: random)
    plain.weight.value = convolution.weight.value
    let (found, expected) = Torch.withRounding(.asLeRobot) {
      let scale =
        norm.weight.value * (norm.runningVariance.value + 1e-5).inverseSquareRoot()
      let shift = norm.bias.value - norm.runningMean.value * scale
      return (
        norm(x, after: convolution),
        plain(x) * scale.reshaped([-1, 1, 1]) + shift.reshaped([-1, 1, 1])
      )
    }
    #expect(try found.detached().host() == expected.detached().host())
    let folded = try norm(x, after: convolution).detached().host()
    #expect(try mismatch(folded.doubles, found.detached().host().doubles, relative: 1e-5) == nil)
    let frozen = Torch.withoutGradients { norm(x, after: convolution) }
    #expect(try frozen.host() == folded, "without gradients another formula ran")
  }

  /// A product large enough for oneDNN, against float64: by oneDNN where the processor prefers it, on
  /// every processor, and by libtorch's choice.
  @Test(arguments: KernelChoice.allCases)
  func largeLinearLayersAgreeWithFloat64(kernels: KernelChoice) throws {
    let random = TorchRandom()
    let layer = Linear(inputWidth: 160, outputWidth: 96, random: random)
    let x = random.normal([10, 16, 160], mean: 0, standardDeviation: 1)
    let wide = try Tensor(x.host().float64Copy)
    let exact = Linear(inputWidth: 160, outputWidth: 96, random: random)
    for (name, parameter) in exact.parameters {
      parameter.move(to: .float64, device: .cpu)
      parameter.value = try #require(layer.parameters[name]).value.detached().to(.float64)
    }
    for input in [x, wide] { input.needsGradient = true }
    let counts = runs(kernels) { layer(x).squared().sum().backward() }.kernels
    let isPreferred = Processor.hasAVX512 && !Processor.isIntel
    let isOneDNNs = kernels == .forced || (kernels == .own && isPreferred)
    #expect(counts == (isOneDNNs ? [.linear: 1] : [:]))
    exact(wide).squared().sum().backward()
    let pairs = [
      (x, wide), (layer.weight.value, exact.weight.value),
      (try #require(layer.bias).value, try #require(exact.bias).value),
    ]
    for (single, double) in pairs {
      let (a, b) = (try #require(single.gradient), try #require(double.gradient))
      let problem = try mismatch(b.host(), a.to(.float64).host(), relative: 2e-6)
      #expect(problem == nil, "\(problem ?? "")")
    }
  }

  /// A tensor of another order in memory; pictures of one pixel, of one line, and larger ones, which
  /// only `forced` computes so.
  @Test(arguments: [DataType.float32, .float64], [KernelChoice.own, .forced])
  func aConvolutionOfFewPixelsIsLibtorchs(type: DataType, kernels: KernelChoice) throws {
    try FastBackend(device: "cpu").seed(23)
    for (size, stride, padding) in [
      (3, 1, 1), (3, 2, 1), (5, 2, 2), (2, 1, 3), (3, 1, 0), (7, 3, 2),
    ] {
      for picture in [[3, 3], [1, 4], [6, 5], [9, 11]] {
        let shape = [size, picture[0], picture[1]]
        let outputs = picture.map { ($0 + 2 * padding - size) / stride + 1 }
        guard picture.allSatisfy({ $0 + 2 * padding >= size }) else { continue }
        let isOurs = kernels == .forced || (padding > 0 && outputs[0] * outputs[1] <= 16)
        for hasBias in [false, true] {
          func outcome(_ kernels: KernelChoice) throws -> ([HostTensor], [Kernel: Int]) {
            try FastBackend(device: "cpu").seed(UInt64(size))
            let random = TorchRandom(dataType: type)
            func drawn(_ shape: [Int]) -> Tensor {
              random.normal(shape, mean: 0, standardDeviation: 1)
            }
            let x = drawn([2, 5] + picture)
            let leaves = [x, drawn([4, 5, size, size]).withChannelsLast(), drawn([4])]
            for leaf in leaves { leaf.needsGradient = true }
            return try runs(kernels) {
              let y = leaves[0].convolved(
                leaves[1], hasBias ? leaves[2] : nil, stride: stride, padding: padding, dilation: 1)
              y.squared().sum().backward()
              let wanted = hasBias ? leaves : Array(leaves.dropLast())
              return try [y.detached().host()] + wanted.map { try #require($0.gradient).host() }
            }
          }
          let (expected, none) = try outcome(.plain)
          let (found, counts) = try outcome(kernels)
          #expect(none == [:] && counts == (isOurs ? [.convolution2D: 1] : [:]), "\(shape)")
          for (a, b) in zip(expected, found) {
            let problem = mismatch(a, b, relative: type == .float32 ? 2e-6 : 1e-14)
            #expect(problem == nil, "\(shape), \(stride), \(padding): \(problem ?? "")")
          }
        }
      }
    }
  }

  /// bfloat16 in float32, as every processor can: sums of many products, rounded once.
  @Test(arguments: KernelChoice.allCases)
  func narrowLinearLayersRoundOnce(kernels: KernelChoice) throws {
    try FastBackend(device: "cpu").seed(7)
    let random = TorchRandom()
    let leaves = [[10, 16, 160], [96, 160], [96]].map {
      random.normal($0, mean: 0, standardDeviation: 1).to(.bfloat16)
    }
    let exact = leaves.map { $0.to(.float64) }
    for leaf in leaves + exact { leaf.needsGradient = true }
    func product(_ leaves: [Tensor]) -> Tensor {
      let y = leaves[0].linear(leaves[1], leaves[2])
      // The gradient is the same number everywhere, and exact.
      y.sum().backward()
      return y.detached()
    }
    let (y, counts) = runs(kernels) { product(leaves) }
    let isWidened = kernels == .forced || (kernels == .own && !Processor.multipliesBFloat16)
    #expect(counts == (isWidened ? [.linear: 1] : [:]))
    let pairs =
      try [(y, product(exact))]
      + zip(leaves, exact).map { (try #require($0.gradient), try #require($1.gradient)) }
    for (narrow, wide) in pairs {
      let (a, b) = (try narrow.to(.float64).host().doubles, try wide.host().doubles)
      // Half a unit in the last of eight places, and what float32 rounds before.
      #expect(zip(a, b).allSatisfy { abs($0 - $1) <= abs($1) * 0x1p-8 + 1e-4 })
    }
  }

  /// bfloat16 in float32, with and without a mask; its gradients are computed from the narrow inputs again.
  @Test(arguments: KernelChoice.allCases, [true, false])
  func narrowAttentionIsThatOfItsInputs(kernels: KernelChoice, isMasked: Bool) throws {
    try FastBackend(device: "cpu").seed(8)
    let random = TorchRandom()
    let leaves = [[2, 5, 4, 16], [2, 7, 2, 16], [2, 7, 2, 16]].map {
      random.normal($0, mean: 0, standardDeviation: 1).to(.bfloat16)
    }
    let exact = leaves.map { $0.to(.float64) }
    for leaf in leaves + exact { leaf.needsGradient = true }
    let mask = isMasked ? random.bernoulli([2, 5, 7], probability: 0.8).isAbove(0.5) : nil
    func attended(_ leaves: [Tensor]) -> Tensor {
      let y = groupedAttention(query: leaves[0], key: leaves[1], value: leaves[2], mask: mask)
      y.squared().sum().backward()
      return y.detached()
    }
    let (y, counts) = runs(kernels) { attended(leaves) }
    let isWidened = kernels == .forced || (kernels == .own && !Processor.multipliesBFloat16)
    #expect(counts == (isWidened ? [.attention: 1] : [:]))
    let pairs =
      try [(y, attended(exact))]
      + zip(leaves, exact).map { (try #require($0.gradient), try #require($1.gradient)) }
    for (narrow, wide) in pairs {
      let (a, b) = (try narrow.to(.float64).host().doubles, try wide.host().doubles)
      #expect(zip(a, b).allSatisfy { abs($0 - $1) <= 0.02 * (1 + abs($1)) })
    }
  }

  /// A product without a bias, by oneDNN on every processor.
  @Test func aLinearLayerNeedsNoBias() throws {
    func gradients(_ kernels: KernelChoice) throws -> ([HostTensor], [Kernel: Int]) {
      try FastBackend(device: "cpu").seed(4)
      let leaves = [[3, 8], [5, 8]].map { TorchRandom().normal($0, mean: 0, standardDeviation: 1) }
      for leaf in leaves { leaf.needsGradient = true }
      return try runs(kernels) {
        leaves[0].linear(leaves[1], nil).squared().sum().backward()
        return try leaves.map { try #require($0.gradient).host() }
      }
    }
    let (expected, none) = try gradients(.plain)
    let (found, counts) = try gradients(.forced)
    #expect(none == [:] && counts == [.linear: 1])
    for (a, b) in zip(expected, found) { #expect(mismatch(a, b, relative: 1e-6) == nil) }
  }
}

extension HostTensor {
  /// The same numbers as float64.
  fileprivate var float64Copy: HostTensor { HostTensor(doubles, shape: shape) }
}

import Fast
import LeRobotCore
import Reference
import Support
import Testing

/// Layers of Fast against the reference's, with the same parameters, in float64.
@Suite @TorchThread struct LayerTwinPropertyTests {
  init() throws { try Torch.open() }

  /// Gives both layers the same random parameters, then compares outputs and input gradients.
  private func compare(
    _ reference: any Reference.Layer, _ fast: any Fast.Layer, input shape: [Int],
    _ referenceCall: (Variable) -> Variable, _ fastCall: (Fast.Tensor) -> Fast.Tensor
  ) throws {
    var generator = SplitMix64(seed: 17)
    #expect(Array(reference.parameters.keys) == Array(fast.parameters.keys))
    for (name, parameter) in reference.parameters where name != "num_batches_tracked" {
      let range = name.hasSuffix("running_var") ? 0.5 : 0.0
      parameter.value = .random(parameter.value.shape, using: &generator).map { abs($0) + range }
      let twin = try #require(fast.parameters[name])
      twin.move(to: .float64, device: .cpu)
      twin.value = try Fast.Tensor(parameter.value.float64)
    }
    try compare(input: .random(shape, using: &generator), referenceCall, fastCall)
  }

  private func compare(
    input x: Reference.Tensor, _ referenceCall: (Variable) -> Variable,
    _ fastCall: (Fast.Tensor) -> Fast.Tensor
  ) throws {
    let variable = Variable(x, needsGradient: true)
    let y = referenceCall(variable)
    let tensor = try Fast.Tensor(x.float64)
    tensor.needsGradient = true
    let z = fastCall(tensor)
    #expect(try mismatch(y.value.float64, z.host(), relative: 1e-12) == nil)
    let gradient = try #require(gradients(of: y.squared().sum(), withRespectTo: [variable])[0])
    z.squared().sum().backward()
    let found = try #require(tensor.gradient).host()
    #expect(mismatch(gradient.float64, found, relative: 1e-12) == nil)
  }

  @Test func linearLayersAgree() throws {
    let random = Fast.TorchRandom()
    let a = Reference.Linear(inputWidth: 3, outputWidth: 5, random: SplitMixRandom(seed: 1))
    let b = Fast.Linear(inputWidth: 3, outputWidth: 5, random: random)
    try compare(a, b, input: [2, 4, 3], { a($0) }, { b($0) })
  }

  @Test(arguments: [(1, 0, 1), (2, 1, 1), (1, 2, 2), (2, 2, 3)])
  func convolutionsAgree(stride: Int, padding: Int, dilation: Int) throws {
    let a = Reference.Convolution(
      inputChannels: 2, outputChannels: 3, kernelSize: 3, stride: stride, padding: padding,
      dilation: dilation, random: SplitMixRandom(seed: 1))
    let b = Fast.Convolution(
      inputChannels: 2, outputChannels: 3, kernelSize: 3, stride: stride, padding: padding,
      dilation: dilation, random: Fast.TorchRandom())
    try compare(a, b, input: [2, 2, 9, 8], { a($0) }, { b($0) })
  }

  @Test(arguments: [(1, 0), (1, 2), (2, 1)])
  func convolutionsOverTimeAgree(stride: Int, padding: Int) throws {
    let a = Reference.Convolution1D(
      inputChannels: 2, outputChannels: 3, kernelSize: 3, stride: stride, padding: padding,
      random: SplitMixRandom(seed: 1))
    let b = Fast.Convolution1D(
      inputChannels: 2, outputChannels: 3, kernelSize: 3, stride: stride, padding: padding,
      random: Fast.TorchRandom())
    try compare(a, b, input: [2, 2, 8], { a($0) }, { b($0) })
    let c = Reference.ConvolutionTranspose1D(
      inputChannels: 2, outputChannels: 3, kernelSize: 4, stride: stride, padding: padding,
      random: SplitMixRandom(seed: 1))
    let d = Fast.ConvolutionTranspose1D(
      inputChannels: 2, outputChannels: 3, kernelSize: 4, stride: stride, padding: padding,
      random: Fast.TorchRandom())
    try compare(c, d, input: [2, 2, 8], { c($0) }, { d($0) })
  }

  /// Drawn from one stream, with the bounds of as many inputs as torch counts.
  @Test func convolutionsOverTimeStartAlike() throws {
    try FastBackend(device: "cpu").seed(5)
    let random = (Reference.TorchRandom(TorchGenerator(seed: 5)), Fast.TorchRandom())
    let a = Reference.Convolution1D(
      inputChannels: 2, outputChannels: 6, kernelSize: 3, random: random.0)
    let b = Fast.Convolution1D(
      inputChannels: 2, outputChannels: 6, kernelSize: 3, random: random.1)
    let c = Reference.ConvolutionTranspose1D(
      inputChannels: 2, outputChannels: 6, kernelSize: 4, stride: 2, padding: 1, random: random.0)
    let d = Fast.ConvolutionTranspose1D(
      inputChannels: 2, outputChannels: 6, kernelSize: 4, stride: 2, padding: 1, random: random.1)
    let pairs: [(any Reference.Layer, any Fast.Layer)] = [(a, b), (c, d)]
    for (reference, fast) in pairs {
      for (name, parameter) in reference.parameters {
        let twin = try #require(fast.parameters[name]).value.to(.float64).host()
        #expect(mismatch(parameter.value.float64, twin, relative: 1e-6) == nil, "\(name)")
      }
    }
  }

  /// In training by the batch, which moves what evaluation then goes by.
  @Test func batchNormsAgree() throws {
    let (a, b) = (Reference.BatchNorm(channels: 3), Fast.BatchNorm(channels: 3))
    for mode in [Reference.Pass.Mode.train, .evaluate] {
      let twinMode: Fast.Pass.Mode = mode == .train ? .train : .evaluate
      // Times the input: of a normalised batch alone, the sum of squares is always the same.
      try compare(
        a, b, input: [2, 3, 2, 2], { $0 * a($0, mode) },
        { $0 * b($0, twinMode) })
      for (name, parameter) in a.parameters {
        let twin = try #require(b.parameters[name]).value.to(.float64).host()
        #expect(mismatch(parameter.value.float64, twin, relative: 1e-12) == nil, "\(name)")
      }
    }
  }

  @Test func normsAgree() throws {
    let (a, b) = (Reference.LayerNorm(width: 5), Fast.LayerNorm(width: 5))
    try compare(a, b, input: [3, 5], { a($0) }, { b($0) })
    let c = Reference.GroupNorm(groupCount: 2, channels: 4)
    let d = Fast.GroupNorm(groupCount: 2, channels: 4)
    try compare(c, d, input: [2, 4, 3, 2], { c($0) }, { d($0) })
  }

  /// The fast twin folds the norm into the convolution before it.
  @Test(arguments: [false, true])
  func frozenNormsAgreeAfterAConvolution(hasBias: Bool) throws {
    let (e, f) = (Reference.FrozenBatchNorm(channels: 3), Fast.FrozenBatchNorm(channels: 3))
    let before = Reference.Convolution(
      inputChannels: 2, outputChannels: 3, kernelSize: 3, hasBias: hasBias,
      random: SplitMixRandom(seed: 1))
    let folded = Fast.Convolution(
      inputChannels: 2, outputChannels: 3, kernelSize: 3, hasBias: hasBias,
      random: Fast.TorchRandom())
    try compare(
      ReferencePair(convolution: before, norm: e), FastPair(convolution: folded, norm: f),
      input: [2, 2, 5, 4], { e(before($0)) }, { f($0, after: folded) })
  }

  @Test func activationsAgree() throws {
    var generator = SplitMix64(seed: 3)
    for activation in Activation.allCases {
      try compare(
        input: .random([3, 6], using: &generator), { activation($0) }, { activation($0) })
    }
    let x = Reference.Tensor.random([3, 6], using: &generator) * 10
    try compare(input: x, { Reference.mish($0) }, { Fast.mish($0) })
  }

  @Test func poolsAgreeOnEqualMaximaToo() throws {
    var generator = SplitMix64(seed: 4)
    let a = Reference.MaxPool(kernelSize: 3, stride: 2, padding: 1)
    let b = Fast.MaxPool(kernelSize: 3, stride: 2, padding: 1)
    let x = Reference.Tensor.random([2, 2, 7, 6], using: &generator)
    try compare(input: x, { a($0) }, { b($0) })
    try compare(input: x.map { ($0 * 2).rounded() }, { a($0) }, { b($0) })
  }

  @Test func embeddingsAgree() throws {
    let a = Reference.Embedding(count: 4, width: 3, random: SplitMixRandom(seed: 1))
    let b = Fast.Embedding(count: 4, width: 3, random: Fast.TorchRandom())
    b.weight.move(to: .float64, device: .cpu)
    b.weight.value = try Fast.Tensor(a.weight.value.float64)
    let rows = try Fast.Tensor(HostTensor([2, 0, 2] as [Int64], shape: [3]))
    #expect(try b(rows).host() == a(Reference.Tensor([2, 0, 2], shape: [3])).value.float64)
  }

  @Test func storedPositionsAgreeToTheBit() throws {
    var generator = SplitMix64(seed: 5)
    var config = ACTConfig.random(cameras: 0, using: &generator)
    config.usesVAE = true
    let name = "model.vae_encoder_pos_enc"
    let a = try Reference.ACTPolicy(config, random: SplitMixRandom(seed: 1)).parameters[name]
    let b = try Fast.ACTPolicy(config, random: Fast.TorchRandom()).parameters[name]
    #expect(try b?.value.host() == a?.value.float32)
  }
}

private struct ReferencePair: Reference.Layer {
  let convolution: Reference.Convolution
  let norm: Reference.FrozenBatchNorm
  var parameters: Reference.NamedParameters {
    Reference.named(("convolution", convolution), ("norm", norm))
  }
}

private struct FastPair: Fast.Layer {
  let convolution: Fast.Convolution
  let norm: Fast.FrozenBatchNorm
  var parameters: Fast.NamedParameters {
    Fast.named(("convolution", convolution), ("norm", norm))
  }
}

import Fast
import LeRobotCore
import OrderedCollections
import Reference
import Support
import Testing

/// Single layers of torch and transformers in float64, as `Fixtures/generate/layers.py` and
/// `transformer_layers.py` recorded them: outputs, and the gradients of Σ output · weights for the input and every parameter.
@Suite struct LayerGoldenTests {
  private static let names = [
    "linear", "convolution", "convolution_dilated", "group_norm", "group_norm_flat", "layer_norm",
    "max_pool", "relu", "gelu", "glu", "embedding", "attention", "silu", "gelu_tanh",
    "linear_plain", "rms_norm", "decoder_layer", "vision_transformer",
  ]
  /// 1 where a key must not be looked at.
  private static let mask: [Double] = [0, 0, 1, 0, 1, 0, 0, 0]
  /// The decoder layer's tokens look at those before them; the second sample's last is padding.
  private static let causal: [Double] = [
    1, 0, 0, 0, 1, 1, 0, 0, 1, 1, 1, 0, 1, 1, 1, 1,
    1, 0, 0, 0, 1, 1, 0, 0, 1, 1, 1, 0, 0, 0, 0, 0,
  ]
  private static let positions: [Double] = [0, 1, 2, 3, 0, 1, 2, 2]
  private static let decoder = DecoderSizes(
    width: 6, layerCount: 1, headCount: 4, keyHeadCount: 2, headWidth: 4, hiddenWidth: 10,
    epsilon: 1e-5, vocabularySize: 1)
  private static let vision = VisionTransformerSizes(
    width: 8, layerCount: 2, headCount: 2, hiddenWidth: 12, epsilon: 1e-6, pictureSide: 6,
    patchSide: 2)

  private let stored: NamedTensors

  init() throws {
    stored = try ["torch", "transformers"].reduce(into: [:]) { stored, name in
      let file = RepositoryFiles.fixtures.appending(path: "layers/\(name).safetensors")
      stored.merge(try SafetensorsFile(path: file.path).tensors()) { $1 }
    }
  }

  private func tensor(_ key: String) throws -> HostTensor { try #require(stored[key], "\(key)") }

  @Test(arguments: names)
  func referenceMatchesTorch(name: String) throws {
    let (layer, call) = try referenceLayer(name)
    for (key, parameter) in layer?.parameters ?? [:] {
      parameter.value = Reference.Tensor(try tensor("\(name)/parameters/\(key)"))
    }
    let x = Variable(Reference.Tensor(try tensor("\(name)/input")), needsGradient: true)
    let y = call(x)
    expectClose(try tensor("\(name)/output"), y.value.float64, "\(name): output")
    let loss = (y * Variable(Reference.Tensor(try tensor("\(name)/weights")))).sum()
    let leaves = ["input": x] + (layer?.parameters ?? [:]).mapValues(\.variable)
    let found = gradients(of: loss, withRespectTo: Array(leaves.values))
    #expect(leaves.keys.filter { hasGradient($0, name) }.sorted() == storedGradients(name))
    for (key, gradient) in zip(leaves.keys, found) where hasGradient(key, name) {
      let expected = try tensor("\(name)/gradients/\(key)")
      expectClose(expected, try #require(gradient).float64, "\(name): gradient of \(key)")
    }
  }

  @Test(arguments: names, KernelChoice.allCases) @TorchThread
  func fastMatchesTorch(name: String, kernels: KernelChoice) throws {
    try Torch.open()
    let counts = try runs(kernels) { try expectFastMatchesTorch(name) }.kernels
    var own: [String: Kernel] = ["attention": .attention, "convolution": .convolution2D]
    // Of few pixels, which libtorch's own convolution takes otherwise.
    if kernels == .forced { own["vision_transformer"] = .convolution2D }
    #expect(counts == (kernels == .plain ? nil : own[name]).map { [$0: 1] } ?? [:])
  }

  @TorchThread private func expectFastMatchesTorch(_ name: String) throws {
    let (layer, call) = try fastLayer(name)
    for (key, parameter) in layer?.parameters ?? [:] {
      parameter.move(to: .float64, device: .cpu)
      parameter.value = try Fast.Tensor(tensor("\(name)/parameters/\(key)"))
    }
    let x = try Fast.Tensor(tensor("\(name)/input"))
    if x.dataType == .float64 { x.needsGradient = true }
    let y = call(x)
    expectClose(try tensor("\(name)/output"), try y.host(), "\(name): output")
    (y * (try Fast.Tensor(tensor("\(name)/weights")))).sum().backward()
    let leaves = ["input": x] + (layer?.parameters ?? [:]).mapValues(\.value)
    #expect(leaves.keys.filter { hasGradient($0, name) }.sorted() == storedGradients(name))
    for (key, leaf) in leaves where hasGradient(key, name) {
      let expected = try tensor("\(name)/gradients/\(key)")
      expectClose(expected, try #require(leaf.gradient).host(), "\(name): gradient of \(key)")
    }
  }

  /// Everything has a gradient but the indices that an embedding looks up.
  private func hasGradient(_ key: String, _ name: String) -> Bool {
    !(name == "embedding" && key == "input")
  }

  /// The keys of a layer's recorded gradients.
  private func storedGradients(_ name: String) -> [String] {
    let prefix = "\(name)/gradients/"
    return stored.keys.filter { $0.hasPrefix(prefix) }.map { String($0.dropFirst(prefix.count)) }
      .sorted()
  }

  private func expectClose(_ expected: HostTensor, _ found: HostTensor, _ what: String) {
    // The gradient of an attention's key bias vanishes in theory (Documentation/Tolerances.md).
    let absolute = what.hasSuffix("k_proj.bias") ? 1e-9 : 1e-15
    let message = mismatch(expected, found, relative: 1e-13, absolute: absolute)
    #expect(message == nil, "\(what)")
  }

  private func referenceLayer(
    _ name: String
  ) throws -> (layer: (any Reference.Layer)?, call: (Variable) -> Variable) {
    let random = SplitMixRandom(seed: 1)
    switch name {
    case "linear":
      let layer = Reference.Linear(inputWidth: 3, outputWidth: 5, random: random)
      return (layer, { layer($0) })
    case "convolution", "convolution_dilated":
      let isDilated = name != "convolution"
      let layer = Reference.Convolution(
        inputChannels: 2, outputChannels: 3, kernelSize: 3, stride: isDilated ? 1 : 2,
        padding: isDilated ? 2 : 1, dilation: isDilated ? 2 : 1, hasBias: !isDilated,
        random: random)
      return (layer, { layer($0) })
    case "group_norm", "group_norm_flat":
      let layer = Reference.GroupNorm(groupCount: name == "group_norm" ? 2 : 3, channels: 6)
      return (layer, { layer($0) })
    case "layer_norm":
      let layer = Reference.LayerNorm(width: 6)
      return (layer, { layer($0) })
    case "embedding":
      let layer = Reference.Embedding(count: 5, width: 3, random: random)
      return (layer, { layer($0.value) })
    case "attention":
      let layer = Reference.MultiHeadAttention(
        width: 6, headCount: 2, dropout: 0, random: random)
      let mask = Reference.Tensor(Self.mask, shape: [2, 4])
      return (
        layer,
        { layer(query: $0, key: $0, value: $0, keyPaddingMask: mask, .evaluate(random)) }
      )
    case "max_pool":
      return (nil, { Reference.MaxPool(kernelSize: 3, stride: 2, padding: 1)($0) })
    default:
      return try referenceTransformerLayer(name)
    }
  }

  private func referenceTransformerLayer(
    _ name: String
  ) throws -> (layer: (any Reference.Layer)?, call: (Variable) -> Variable) {
    let random = SplitMixRandom(seed: 1)
    switch name {
    case "linear_plain":
      let layer = Reference.Linear(inputWidth: 3, outputWidth: 5, hasBias: false, random: random)
      return (layer, { layer($0) })
    case "rms_norm":
      let layer = Reference.RMSNorm(width: 6, epsilon: 1e-5)
      return (layer, { layer($0) })
    case "decoder_layer":
      let layer = Reference.DecoderLayer(Self.decoder, random: random)
      let mask = Reference.Tensor(Self.causal, shape: [2, 4, 4])
      let rotary = Reference.Rotary(
        positions: Reference.Tensor(Self.positions, shape: [2, 4]), width: 4)
      return (
        layer,
        { x in
          let own = layer.attentionInputs(x, rotary)
          return layer.finished(
            x,
            attended: groupedAttention(query: own.query, key: own.key, value: own.value, mask: mask)
          )
        }
      )
    case "vision_transformer":
      let layer = Reference.VisionTransformer(Self.vision, random: random)
      return (layer, { layer($0) })
    case "silu": return (nil, { Reference.silu($0) })
    case "gelu_tanh": return (nil, { Reference.geluByTanh($0) })
    default:
      guard let activation = Activation(rawValue: name) else {
        throw MissingGolden(name: name, key: "activation")
      }
      return (nil, { activation($0) })
    }
  }

  private func fastLayer(
    _ name: String
  ) throws -> (layer: (any Fast.Layer)?, call: (Fast.Tensor) -> Fast.Tensor) {
    let random = Fast.TorchRandom()
    switch name {
    case "linear":
      let layer = Fast.Linear(inputWidth: 3, outputWidth: 5, random: random)
      return (layer, { layer($0) })
    case "convolution", "convolution_dilated":
      let isDilated = name != "convolution"
      let layer = Fast.Convolution(
        inputChannels: 2, outputChannels: 3, kernelSize: 3, stride: isDilated ? 1 : 2,
        padding: isDilated ? 2 : 1, dilation: isDilated ? 2 : 1, hasBias: !isDilated,
        random: random)
      return (layer, { layer($0) })
    case "group_norm", "group_norm_flat":
      let layer = Fast.GroupNorm(groupCount: name == "group_norm" ? 2 : 3, channels: 6)
      return (layer, { layer($0) })
    case "layer_norm":
      let layer = Fast.LayerNorm(width: 6)
      return (layer, { layer($0) })
    case "embedding":
      let layer = Fast.Embedding(count: 5, width: 3, random: random)
      return (layer, { layer($0) })
    case "attention":
      let layer = Fast.MultiHeadAttention(width: 6, headCount: 2, dropout: 0, random: random)
      let mask = try Fast.Tensor(HostTensor(Self.mask.map { $0 == 1 }, shape: [2, 4]))
      return (
        layer,
        { layer(query: $0, key: $0, value: $0, keyPaddingMask: mask, .evaluate(random)) }
      )
    case "max_pool":
      return (nil, { Fast.MaxPool(kernelSize: 3, stride: 2, padding: 1)($0) })
    default:
      return try fastTransformerLayer(name)
    }
  }

  private func fastTransformerLayer(
    _ name: String
  ) throws -> (layer: (any Fast.Layer)?, call: (Fast.Tensor) -> Fast.Tensor) {
    let random = Fast.TorchRandom()
    switch name {
    case "linear_plain":
      let layer = Fast.Linear(inputWidth: 3, outputWidth: 5, hasBias: false, random: random)
      return (layer, { layer($0) })
    case "rms_norm":
      let layer = Fast.RMSNorm(width: 6, epsilon: 1e-5)
      return (layer, { layer($0) })
    case "decoder_layer":
      let layer = Fast.DecoderLayer(Self.decoder, random: random)
      let mask = try Fast.Tensor(HostTensor(Self.causal.map { $0 == 1 }, shape: [2, 4, 4]))
      let rotary = Fast.Rotary(
        positions: try Fast.Tensor(HostTensor(Self.positions, shape: [2, 4])), width: 4)
      return (
        layer,
        { x in
          let own = layer.attentionInputs(x, rotary)
          return layer.finished(
            x,
            attended: groupedAttention(query: own.query, key: own.key, value: own.value, mask: mask)
          )
        }
      )
    case "vision_transformer":
      let layer = Fast.VisionTransformer(Self.vision, random: random)
      return (layer, { layer($0) })
    case "silu": return (nil, { Fast.silu($0) })
    case "gelu_tanh": return (nil, { Fast.geluByTanh($0) })
    default:
      guard let activation = Activation(rawValue: name) else {
        throw MissingGolden(name: name, key: "activation")
      }
      return (nil, { activation($0) })
    }
  }
}

/// Two groups of named leaves.
private func + <Leaf>(
  a: [String: Leaf], b: OrderedDictionary<String, Leaf>
) -> OrderedDictionary<String, Leaf> {
  OrderedDictionary(uniqueKeysWithValues: a.map { ($0.key, $0.value) }).merging(b) { $1 }
}

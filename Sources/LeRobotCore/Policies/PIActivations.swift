/// What a forward pass of π₀ or π₀.₅ in Fast keeps for the backward pass, in bytes.
///
/// For each layer the tensors that libtorch's graph holds on to, counted and then held against measurements
/// (`MemoryForecastPropertyTests`). Texts are counted as long as they can be.
struct PIActivations {
  private let sizes: PISizes
  private let trainsModel: Bool
  private let trainsTower: Bool
  private let isRecomputed: Bool
  private let hasConditions: Bool
  /// Bytes of a number.
  private let number: Int
  private let isNarrow: Bool
  private let batch: Int
  private let cameras: Int
  /// Tokens of a sample that the text model reads.
  private let prefix: Int
  /// Tokens of a sample that the expert reads.
  private let suffix: Int

  init<Release>(_ config: PIConfig<Release>, _ sizes: PISizes, batchSize: Int) {
    self.sizes = sizes
    trainsModel = !config.trainsExpertOnly
    trainsTower = trainsModel && !config.freezesVisionEncoder
    isRecomputed = config.checkpointsGradients
    hasConditions = Release.readsStateAsText
    isNarrow = config.dataType == "bfloat16"
    number = isNarrow ? 2 : 4
    batch = batchSize
    // Cameras without pictures have no tokens.
    cameras = max(0, config.common.imageFeatures.count - config.emptyCameraCount)
    let side = sizes.vision.patchesPerSide
    prefix = cameras * side * side + config.tokenizerMaximumLength
    suffix = config.chunkSize + (Release.readsStateAsText ? 0 : 1)
  }

  /// Of everything.
  var bytes: Int {
    let depth = sizes.text.layerCount
    var kept =
      depth * memory + pictures + mixing + batch * prefix * sizes.text.width * number
    guard isRecomputed else {
      kept += depth * expertLayer
      if trainsModel { kept += (depth - 1) * textLayer }
      if trainsTower { kept += sizes.vision.layerCount * towerLayer }
      return kept
    }
    // The inputs of layers, and of the one that is computed again everything with gradients of its hidden layer.
    kept += depth * batch * suffix * sizes.expert.width * number
    var one = expertLayer + 2 * batch * suffix * sizes.expert.hiddenWidth * number
    if trainsModel {
      kept += (depth - 1) * batch * prefix * sizes.text.width * number
      one = max(one, textLayer + 2 * batch * prefix * sizes.text.hiddenWidth * number)
    }
    if trainsTower {
      kept += sizes.vision.layerCount * patches * sizes.vision.width * number
      one = max(one, towerLayer / max(1, cameras))
    }
    return kept + one
  }

  /// Keys and values of a layer, which the expert looks at.
  private var memory: Int {
    batch * prefix * 2 * sizes.text.keyHeadCount * sizes.text.headWidth * number
  }

  /// Where time is mixed with actions: both side by side, and the hidden layer with its silu; in float32.
  private var mixing: Int {
    hasConditions ? 0 : 4 * batch * suffix * sizes.expert.width * 4
  }

  /// Pictures as they come, and scaled, in float32.
  private var pictures: Int {
    2 * batch * cameras * 3 * sizes.vision.pictureSide * sizes.vision.pictureSide * 4
  }

  private var patches: Int {
    batch * cameras * sizes.vision.patchesPerSide * sizes.vision.patchesPerSide
  }

  /// Of a layer of the tower: x, both norms, q, k, v, what attention gives, h; the hidden layer and its gelu.
  private var towerLayer: Int {
    patches * (8 * sizes.vision.width + 2 * sizes.vision.hiddenWidth) * number
  }

  /// Of a layer of the text model. Norms are computed in float32.
  private var textLayer: Int {
    let tokens = batch * prefix
    // x, x/r, norm₁, h, h/r, norm₂; in bfloat16 x and h once more as float32, and not themselves.
    let norms = isNarrow ? 20 : 24
    return tokens * norms * sizes.text.width + number * tokens * projections(sizes.text)
      + batch * prefix * prefix * number
  }

  /// Of a layer of the expert, which looks at the prefix's keys and values beside its own.
  private var expertLayer: Int {
    let tokens = batch * suffix
    // With conditions what is scaled, shifted and gated, too.
    let norms = (isNarrow ? 20 : 24) + (hasConditions ? (isNarrow ? 8 : 12) : 0)
    let seen = prefix + suffix
    return tokens * norms * sizes.expert.width + number * tokens * projections(sizes.expert)
      + batch * seen * 2 * sizes.expert.keyHeadCount * sizes.expert.headWidth * number
      + batch * suffix * seen * number
  }

  /// Numbers of a token: queries and what attention gives; gate, its gelu, up and their product.
  private func projections(_ sizes: DecoderSizes) -> Int {
    2 * sizes.headCount * sizes.headWidth + 4 * sizes.hiddenWidth
  }
}

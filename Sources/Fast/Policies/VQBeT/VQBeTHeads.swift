import LeRobotCore

/// What the transformer's features mean: which codes an action has, and how far it lies from them.
package struct VQBeTHeads: Layer {
  /// Actions as codes.
  package let quantizer: VQBeTQuantizer
  /// ζ_code: O → 2K for both codes at once, or O → K for the first of them.
  package let codes: Linear
  /// O + K → K for the second code, where it depends on the first.
  package let secondaryCodes: Linear?
  /// ζ_offset: O → 2·K·c·A, an offset for every code.
  package let offsets: Linear
  private let temperature: Double

  /// Draws the quantizer, the heads of codes, the head of offsets.
  package init(_ config: VQBeTConfig, features: VQBeTFeatures, random: any RandomSource) {
    let (width, count) = (config.outputWidth, config.codeCount)  // O, K
    let layers = VQBeTConfig.quantizerLayerCount
    quantizer = VQBeTQuantizer(config, features: features, random: random)
    codes = Linear(
      inputWidth: width, outputWidth: config.selectsSequentially ? count : layers * count,
      random: random)
    secondaryCodes =
      config.selectsSequentially
      ? Linear(inputWidth: width + count, outputWidth: count, random: random) : nil
    offsets = Linear(
      inputWidth: width,
      outputWidth: layers * count * config.actionChunkSize * features.actionWidth, random: random)
    temperature = config.samplingTemperature
  }

  package var parameters: NamedParameters {
    let name = secondaryCodes == nil ? "map_to_cbet_preds_bin" : "map_to_cbet_preds_primary_bin"
    return named(
      ("vqvae_model", quantizer), ("\(name).0", codes),
      ("map_to_cbet_preds_secondary_bin.0", secondaryCodes),
      ("map_to_cbet_preds_offset.0", offsets))
  }

  /// [VQBET-predict]
  ///
  /// - Parameters:
  ///   - features: f, [R, O].
  ///   - pass: draws the codes, in training and in evaluation.
  package func callAsFunction(_ features: Tensor, _ pass: Pass) -> VQBeTPrediction {
    let (logits, drawn) =
      secondaryCodes.map { sequentialCodes(features, secondary: $0, pass) }
      ?? jointCodes(features, pass)
    let decoded = quantizer.actions(of: drawn)  // [R, c·A]
    let offset = chosenOffsets(offsets(features), codes: drawn, width: decoded.size(1))
    return VQBeTPrediction(
      logits: logits, codes: drawn, decoded: decoded, actions: decoded + offset)
  }

  /// [VQBET-joint-codes]
  ///
  /// - Returns: logits ℓ, [R, K], and codes, [R], of each layer.
  func jointCodes(_ features: Tensor, _ pass: Pass) -> (logits: [Tensor], codes: [Tensor]) {
    let layers = VQBeTConfig.quantizerLayerCount
    let logits = codes(features).reshaped([features.size(0), layers, -1])  // [R, 2, K]
    let drawn = draw(logits.reshaped([-1, logits.size(2)]), pass).reshaped([-1, layers])  // [R, 2]
    return (
      (0..<layers).map { logits.selected($0, axis: 1) },
      (0..<layers).map { drawn.selected($0, axis: 1) }
    )
  }

  /// [VQBET-sequential-codes]
  ///
  /// - Returns: as [VQBET-joint-codes].
  func sequentialCodes(
    _ features: Tensor, secondary: Linear, _ pass: Pass
  ) -> (logits: [Tensor], codes: [Tensor]) {
    let first = codes(features)  // [R, K]
    let primary = draw(first, pass)  // [R]
    let known = primary.oneHot(first.size(1)).to(features.dataType)  // u, [R, K]
    let second = secondary(.concatenated([features, known], axis: 1))  // [R, K]
    return ([first, second], [primary, draw(second, pass)])
  }

  /// A code for each row, by [multinomial].
  private func draw(_ logits: Tensor, _ pass: Pass) -> Tensor {
    Torch.withoutGradients { pass.random.multinomial((logits / temperature).softmax()) }
  }

  /// [VQBET-offset]
  ///
  /// - Parameters:
  ///   - all: o of all codes of both layers, [R, 2·K·c·A].
  ///   - codes: [R] of each layer.
  ///   - width: c·A.
  /// - Returns: [R, c·A].
  func chosenOffsets(_ all: Tensor, codes: [Tensor], width: Int) -> Tensor {
    let split = all.reshaped([all.size(0), codes.count, -1, width])  // [R, 2, K, c·A]
    let places = Tensor.stacked(codes, axis: 1).expanded(axis: 2).expanded(axis: 3)
      .broadcast(to: [all.size(0), codes.count, 1, width])
    return split.gathered(places, axis: 2).selected(0, axis: 2).sum(axis: 1)
  }
}

/// What the heads predict for each feature.
package struct VQBeTPrediction {
  /// ℓ, [R, K] of each layer.
  package let logits: [Tensor]
  /// The codes drawn, int64, [R] of each layer.
  package let codes: [Tensor]
  /// The chunk that the codes stand for, [R, c·A].
  package let decoded: Tensor
  /// â, [R, c·A].
  package let actions: Tensor
}

/// [VQBET-focal]
///
/// - Parameters:
///   - logits: ℓ, [R, K].
///   - labels: k, int64, [R].
/// - Returns: [], nats.
package func focalLoss(_ logits: Tensor, labels: Tensor) -> Tensor {
  // ln π, [R]
  let logarithm = logits.logSoftmax().gathered(labels.expanded(axis: 1), axis: 1).selected(
    0, axis: 1)
  return -1 * ((-1 * logarithm.exp() + 1).squared() * logarithm).mean()
}

import LeRobotCore

/// What the transformer's features mean: which codes an action has, and how far it lies from them.
///
/// §3.3, "code prediction" and "offset prediction". LeRobot `modeling_vqbet.py`, `VQBeTHead`.
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

  /// [VQBET-predict]  â = ψ(Σᵢ e_kᵢ) + Σᵢ ζ_offset(f)[i, kᵢ], with codes kᵢ drawn from the features.
  ///
  /// Eq. 5. The first term has no gradient.
  ///
  /// - Parameters:
  ///   - features: f, [R, O].
  ///   - pass: draws the codes, in training and in evaluation.
  package func callAsFunction(_ features: Variable, _ pass: Pass) -> VQBeTPrediction {
    let (logits, drawn) =
      secondaryCodes.map { sequentialCodes(features, secondary: $0, pass) }
      ?? jointCodes(features, pass)
    let decoded = quantizer.actions(of: drawn)  // [R, c·A]
    let offset = chosenOffsets(offsets(features), codes: drawn, width: decoded.size(1))
    return VQBeTPrediction(
      logits: logits, codes: drawn, decoded: decoded, actions: Variable(decoded) + offset)
  }

  /// [VQBET-joint-codes]  kᵢ ∼ softmax(ℓᵢ/τ), ℓ = ζ_code(f), both layers of a row drawn before the next
  /// row's.
  ///
  /// - Returns: logits ℓ, [R, K], and codes, [R], of each layer.
  func jointCodes(_ features: Variable, _ pass: Pass) -> (logits: [Variable], codes: [Tensor]) {
    let layers = VQBeTConfig.quantizerLayerCount
    let logits = codes(features).reshaped([features.size(0) * layers, -1])  // [R·2, K]
    let drawn = draw(logits, pass).reshaped([-1, layers])  // [R, 2]
    let split = logits.reshaped([features.size(0), layers, -1])
    return (
      (0..<layers).map { split.sliced($0..<$0 + 1, axis: 1).reshaped([features.size(0), -1]) },
      (0..<layers).map { drawn.sliced($0..<$0 + 1, axis: 1).reshaped([-1]) }
    )
  }

  /// [VQBET-sequential-codes]  k₁ ∼ softmax(ζ₁(f)/τ) of all rows, then k₂ ∼ softmax(ζ₂([f, u(k₁)])/τ),
  /// where u is 1 at the code that was drawn, not at the label's (Q-VQBET-13).
  ///
  /// - Returns: as [VQBET-joint-codes].
  func sequentialCodes(
    _ features: Variable, secondary: Linear, _ pass: Pass
  ) -> (logits: [Variable], codes: [Tensor]) {
    let first = codes(features)  // [R, K]
    let primary = draw(first, pass)  // [R]
    let known = Variable(primary.oneHot(first.size(1)))  // u, [R, K]
    let second = secondary(.concatenated([features, known], axis: 1))  // [R, K]
    return ([first, second], [primary, draw(second, pass)])
  }

  /// A code for each row, by [multinomial].
  private func draw(_ logits: Variable, _ pass: Pass) -> Tensor {
    pass.random.multinomial((logits / temperature).softmax().value)
  }

  /// [VQBET-offset]  Σᵢ o[i, kᵢ].
  ///
  /// - Parameters:
  ///   - all: o of all codes of both layers, [R, 2·K·c·A].
  ///   - codes: [R] of each layer.
  ///   - width: c·A.
  /// - Returns: [R, c·A].
  func chosenOffsets(_ all: Variable, codes: [Tensor], width: Int) -> Variable {
    let rows = all.size(0)
    let count = all.size(1) / (codes.count * width)  // K
    let chosen = codes.enumerated().map { layer, codes in
      let places = (0..<rows).flatMap { row in
        let first = ((row * 2 + layer) * count + Int(codes.elements[row])) * width
        return (0..<width).map { first + $0 }
      }
      return all.gathered(places, shape: [rows, width])
    }
    return chosen.dropFirst().reduce(chosen[0], +)
  }
}

/// What the heads predict for each feature.
package struct VQBeTPrediction {
  /// ℓ, [R, K] of each layer.
  package let logits: [Variable]
  /// The codes drawn, [R] of each layer.
  package let codes: [Tensor]
  /// The chunk that the codes stand for, [R, c·A].
  package let decoded: Tensor
  /// â, [R, c·A].
  package let actions: Variable
}

/// [VQBET-focal]  −1/R Σ (1 − π)^γ · ln π, γ = 2, π = softmax(ℓ)[k]: a code that is predicted well counts
/// little.
///
/// Lin et al. (arXiv:1708.02002), eq. 4; eq. 6 of the paper. The temperature of drawing has no say.
///
/// - Parameters:
///   - logits: ℓ, [R, K].
///   - labels: k, whole numbers, [R].
/// - Returns: [], nats.
package func focalLoss(_ logits: Variable, labels: Tensor) -> Variable {
  let hot = Variable(labels.oneHot(logits.size(1)))  // [R, K]
  let logarithm = (logits.logSoftmax() * hot).sum([1])  // ln π, [R]
  return -((-logarithm.exp() + 1).squared() * logarithm).mean()
}

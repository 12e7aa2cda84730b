import LeRobotCore
import OrderedCollections

/// Chunks of actions as a few codes, and back: what the first phase of training learns.
///
/// §3.2. An encoder φ makes a vector z of a chunk, and a residual quantizer replaces it by a sum of two
/// codes, a coarse one and one for what the coarse one leaves over (Zeghidour et al., arXiv:2107.03312,
/// algorithm 1). A decoder ψ makes the chunk of the sum. LeRobot `modeling_vqbet.py`, `VqVae`.
package struct VQBeTQuantizer: Layer {
  /// φ: c·A → E → E → D.
  package let encoder: VQBeTPerceptron
  /// ψ: D → E → E → c·A.
  package let decoder: VQBeTPerceptron
  /// The coarse codes, and those of the residual.
  package let codebooks: [VQBeTCodebook]
  /// Whether the first phase is over, [].
  package let isDiscretized: Parameter
  /// Whether codebooks no longer follow the batches, []: the same number, which LeRobot stores twice.
  package let isFrozen: Parameter

  /// Draws the codebooks, then φ, then ψ.
  package init(_ config: VQBeTConfig, features: VQBeTFeatures, random: any RandomSource) {
    let chunkWidth = config.actionChunkSize * features.actionWidth  // c·A
    let (hidden, width) = (config.quantizerWidth, config.codeWidth)  // E, D
    isDiscretized = Parameter(.zeros([]), role: .buffer, storedAs: .bool)
    isFrozen = Parameter(.zeros([]), role: .buffer, storedAs: .bool)
    codebooks = (0..<VQBeTConfig.quantizerLayerCount).map { _ in
      VQBeTCodebook(count: config.codeCount, width: width, random: random)
    }
    encoder = VQBeTPerceptron(widths: [chunkWidth, hidden, hidden, width], random: random)
    decoder = VQBeTPerceptron(widths: [width, hidden, hidden, chunkWidth], random: random)
  }

  package var parameters: NamedParameters {
    let layers = codebooks.enumerated().map {
      (name: "vq_layer.layers.\($0.offset)._codebook", layer: $0.element as (any Layer)?)
    }
    return ["discretized": isDiscretized, "vq_layer.freeze_codebook": isFrozen] + named(layers)
      + named(("encoder", encoder), ("decoder", decoder))
  }

  /// Whether the first phase is over.
  package var isTrained: Bool { isDiscretized.value.scalar != 0 }

  /// Ends the first phase.
  package func freeze() {
    isDiscretized.value = .ones([])
    isFrozen.value = .ones([])
  }

  /// [VQBET-quantizer-loss]  L_RVQ = 1/(N·c·A) ‖x − ψ(ẑ)‖₁ + λ · (m₁ + m₂), λ = 5, where ẑ is what
  /// z = φ(x) becomes by [VQBET-quantize].
  ///
  /// Eq. 3, whose middle term, which would pull codes towards z, is [VQBET-codebook-average] instead.
  /// LeRobot `VqVae.vqvae_forward`.
  ///
  /// - Parameters:
  ///   - chunks: x, [N, c·A].
  ///   - pass: in training the codebooks follow the batch, after the step.
  /// - Returns: [], in normalised units of the action; how many codes of both layers and how many
  ///   pairs of codes occurred, and the first term.
  package func loss(_ chunks: Tensor, _ pass: Pass) -> PolicyLoss {
    let quantized = quantize(encoder(Variable(chunks)))
    let rebuilt = decoder(quantized.vectors)  // x̂, [N, c·A]
    let reconstruction = (Variable(chunks) - rebuilt).magnitude().mean()
    return PolicyLoss(
      total: reconstruction + 5 * quantized.commitment,
      parts: occurring(quantized.codes) + ["recon_l1_error": reconstruction.value],
      sums: pass.isTraining ? batchSums(quantized) : [])
  }

  /// How many codes of both layers together, and how many pairs of codes, occur in a batch, each [].
  private func occurring(_ codes: [Tensor]) -> OrderedDictionary<String, Tensor> {
    let hot = codes.map { $0.oneHot(codebooks[0].count) }  // u, [N, K] of each layer
    let pairs = matmul(hot[0], hot[1], transposingA: true)  // how often each, [K, K]
    func positive(_ counts: Tensor) -> Tensor { counts.map { min($0, 1) }.sum() }
    return [
      "n_different_codes": positive(hot[0].sum([0])) + positive(hot[1].sum([0])),
      "n_different_combinations": positive(pairs),
    ]
  }

  /// [VQBET-quantize]  r₁ = z; of each layer i the nearest code eₖ, q̂ᵢ = rᵢ + sg(eₖ − rᵢ), and
  /// rᵢ₊₁ = rᵢ − sg(q̂ᵢ); ẑ = q̂₁ + q̂₂; mᵢ = 1/(N·D) ‖sg(eₖ) − rᵢ‖².
  ///
  /// sg stops the gradient: it goes straight through a layer as if q̂ᵢ were rᵢ (Bengio et al.,
  /// arXiv:1308.3432). Since every rᵢ is z less a constant, ∂ẑ/∂z is 2·I (Q-VQBET-6). LeRobot
  /// `ResidualVQ.forward` and `VectorQuantize.forward`.
  ///
  /// - Parameter z: [N, D].
  package func quantize(_ z: Variable) -> VQBeTQuantization {
    var (residual, sum) = (z, Variable(.zeros(z.shape)))
    var (codes, residuals, commitment) = ([Tensor](), [Tensor](), Variable(Tensor(0)))
    for codebook in codebooks {
      let nearest = codebook.nearest(residual.value)  // k, [N]
      let code = codebook.vectors(nearest)  // eₖ, [N, D]
      residuals.append(residual.value)
      commitment = commitment + (Variable(code) - residual).squared().mean()
      let passed = residual + Variable(code - residual.value)  // q̂
      residual = residual - Variable(passed.value)
      sum = sum + passed
      codes.append(nearest)
    }
    return VQBeTQuantization(
      vectors: sum, codes: codes, residuals: residuals, commitment: commitment)
  }

  /// What the codebooks follow of a batch: [1, K] and [1, K, D] of each layer.
  private func batchSums(_ quantized: VQBeTQuantization) -> [Tensor] {
    zip(codebooks, zip(quantized.residuals, quantized.codes)).flatMap {
      $0.batchSums($1.0, $1.1)
    }
  }

  /// Moves the codebooks by [VQBET-codebook-average].
  ///
  /// - Parameter sums: of a training pass, over all batches of a step.
  package func follow(_ sums: [Tensor]) {
    for (layer, codebook) in codebooks.enumerated() {
      codebook.follow(counts: sums[2 * layer], sums: sums[2 * layer + 1])
    }
  }

  /// The codes of chunks of actions, without gradient: what the second phase learns to predict.
  ///
  /// - Parameter chunks: [N, c·A].
  /// - Returns: whole numbers, [N] of each layer.
  package func codes(of chunks: Tensor) -> [Tensor] {
    quantize(Variable(encoder(Variable(chunks)).value)).codes
  }

  /// [VQBET-decode]  ψ(Σᵢ e_kᵢ): the chunk that codes stand for, without gradient.
  ///
  /// §3.3, eq. 5, its first term.
  ///
  /// - Parameter codes: whole numbers, [N] of each layer.
  /// - Returns: [N, c·A].
  package func actions(of codes: [Tensor]) -> Tensor {
    let vectors = zip(codebooks, codes).map { $0.vectors($1) }
    return decoder(Variable(vectors.dropFirst().reduce(vectors[0], +))).value
  }
}

/// What the residual quantizer makes of vectors.
package struct VQBeTQuantization {
  /// ẑ, [N, D].
  package let vectors: Variable
  /// The index of the nearest code, [N] of each layer.
  package let codes: [Tensor]
  /// r, what each layer had to quantize, [N, D].
  package let residuals: [Tensor]
  /// m₁ + m₂, [].
  package let commitment: Variable
}

/// One layer's codes, each the moving average of the vectors that were nearest to it.
///
/// van den Oord et al. (arXiv:1711.00937), appendix A.1. LeRobot `vqbet_utils.py`, `EuclideanCodebook`.
package struct VQBeTCodebook: Layer {
  /// 1: there is no k-means to wait for, [1].
  package let isInitialized: Parameter
  /// n, average numbers of vectors, [1, K].
  package let counts: Parameter
  /// s, average sums of vectors, [1, K, D].
  package let sums: Parameter
  /// e, [1, K, D].
  package let codes: Parameter

  /// K.
  package var count: Int { codes.value.size(1) }

  /// Draws the codes ([codebook-uniform]).
  package init(count: Int, width: Int, random: any RandomSource) {
    let bound = InitialBounds.codebookUniform([1, count, width])
    let drawn = random.uniform([1, count, width], from: -bound, to: bound)
    isInitialized = Parameter(.ones([1]), role: .buffer)
    counts = Parameter(.zeros([1, count]), role: .buffer)
    sums = Parameter(drawn, role: .buffer)
    codes = Parameter(drawn, role: .buffer)
  }

  package var parameters: NamedParameters {
    ["initted": isInitialized, "cluster_size": counts, "embed_avg": sums, "embed": codes]
  }

  /// [VQBET-nearest]  k = argmaxₖ −√(‖r‖² + ‖eₖ‖² − 2 r·eₖ).
  ///
  /// Where rounding makes the square negative the root is no number, which counts as the largest: a code
  /// that is hit exactly is chosen.
  ///
  /// - Parameter residual: r, [N, D].
  /// - Returns: whole numbers, [N].
  package func nearest(_ residual: Tensor) -> Tensor {
    let codes = codes.value.reshaped([count, -1])  // [K, D]
    let lengths = (residual * residual).sum([1], keepingAxes: true)  // [N, 1]
    let codeLengths = (codes * codes).sum([1])  // [K]
    let products = matmul(residual, codes, transposingB: true)  // [N, K]
    return (-(lengths + codeLengths + products * -2).squareRoot()).argmax()
  }

  /// The codes of some indices.
  ///
  /// - Parameter indices: whole numbers, [N].
  /// - Returns: [N, D].
  package func vectors(_ indices: Tensor) -> Tensor {
    matmul(indices.oneHot(count), codes.value.reshaped([count, -1]))
  }

  /// Σu and uᵀr of a batch, where u is 1 at each vector's code.
  ///
  /// - Parameters:
  ///   - residual: r, [N, D].
  ///   - indices: [N].
  /// - Returns: [1, K] and [1, K, D].
  package func batchSums(_ residual: Tensor, _ indices: Tensor) -> [Tensor] {
    let hot = indices.oneHot(count)  // u, [N, K]
    let products = matmul(hot, residual, transposingA: true)  // [K, D]
    return [hot.sum([0]).reshaped(counts.value.shape), products.reshaped(sums.value.shape)]
  }

  /// [VQBET-codebook-average]  n ← n + 0.2 · (Σu − n),  s ← s + 0.2 · (uᵀr − s),  e = s/n̂, where
  /// n̂ₖ = (nₖ + ε)/(Σn + K·ε) · Σn and ε = 1e-5.
  ///
  /// van den Oord et al., eq. 6 to 8 with γ = 0.8, smoothed after Laplace. A code that no vector has hit
  /// is s/≈ε, thousands long, until it has shrunk (Q-VQBET-2). LeRobot does so in the forward pass, when
  /// the codes of the batch are chosen already, and on several ranks loses sums (Q-VQBET-16).
  ///
  /// - Parameters:
  ///   - newCounts: Σu over all batches of the step, [1, K].
  ///   - newSums: uᵀr, [1, K, D].
  package func follow(counts newCounts: Tensor, sums newSums: Tensor) {
    let (n, s) = (counts.value, sums.value)
    counts.value = n + (1 - 0.8) * (newCounts - n)
    sums.value = s + (1 - 0.8) * (newSums - s)
    let total = counts.value.sum()  // Σn, []
    let smoothed = (counts.value + 1e-5) / (total + Double(count) * 1e-5) * total  // n̂, [1, K]
    codes.value = sums.value / smoothed.reshaped([1, count, 1])
  }
}

/// Linear layers with a rectifier between any two.
package struct VQBeTPerceptron: Layer {
  /// In the order of use.
  package let layers: [Linear]

  /// Draws them in order.
  ///
  /// - Parameter widths: of the input and of each layer's output.
  package init(widths: [Int], random: any RandomSource) {
    layers = zip(widths, widths.dropFirst()).map {
      Linear(inputWidth: $0, outputWidth: $1, random: random)
    }
  }

  package var parameters: NamedParameters {
    // A rectifier has a number of its own in LeRobot's sequence.
    named(layers.enumerated().map { ("\(2 * $0.offset)", $0.element) })
  }

  /// - Parameter x: [..., I].
  /// - Returns: [..., O].
  package func callAsFunction(_ x: Variable) -> Variable {
    layers.dropFirst().reduce(layers[0](x)) { $1(relu($0)) }
  }
}

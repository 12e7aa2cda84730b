import LeRobotCore
import OrderedCollections

/// Chunks of actions as a few codes, and back.
package struct VQBeTQuantizer: Layer {
  /// φ: c·A → E → E → D.
  package let encoder: VQBeTPerceptron
  /// ψ: D → E → E → c·A.
  package let decoder: VQBeTPerceptron
  /// The coarse codes, and those of the residual.
  package let codebooks: [VQBeTCodebook]
  /// Whether the first phase is over, []. On the host, which decides by it.
  package let isDiscretized: Parameter
  /// Whether codebooks no longer follow the batches, []: the same number, which LeRobot stores twice.
  package let isFrozen: Parameter

  /// Draws the codebooks, then φ, then ψ.
  package init(_ config: VQBeTConfig, features: VQBeTFeatures, random: any RandomSource) {
    let chunkWidth = config.actionChunkSize * features.actionWidth  // c·A
    let (hidden, width) = (config.quantizerWidth, config.codeWidth)  // E, D
    isDiscretized = Parameter(.zeros([], dataType: .bool), role: .buffer, isOnHost: true)
    isFrozen = Parameter(.zeros([], dataType: .bool), role: .buffer, isOnHost: true)
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
  package var isTrained: Bool { (try? isDiscretized.value.host()) == HostTensor([true], shape: []) }

  /// Ends the first phase.
  package func freeze() {
    isDiscretized.value = .ones([], dataType: .bool)
    isFrozen.value = .ones([], dataType: .bool)
  }

  /// [VQBET-quantizer-loss]
  ///
  /// - Parameters:
  ///   - chunks: x, [N, c·A].
  ///   - pass: in training the codebooks follow the batch, after the step.
  /// - Returns: [], in normalised units of the action; how many codes of both layers and how many
  ///   pairs of codes occurred, and the first term.
  package func loss(_ chunks: Tensor, _ pass: Pass) -> PolicyLoss {
    let quantized = quantize(encoder(chunks))
    let rebuilt = decoder(quantized.vectors)  // x̂, [N, c·A]
    let reconstruction = (chunks - rebuilt).magnitude().mean()
    return PolicyLoss(
      total: reconstruction + 5 * quantized.commitment,
      parts: occurring(quantized.codes) + ["recon_l1_error": reconstruction],
      sums: pass.isTraining ? batchSums(quantized) : [])
  }

  /// How many codes of both layers together, and how many pairs of codes, occur in a batch, each [],
  /// counted where they are instead of on the host.
  private func occurring(_ codes: [Tensor]) -> OrderedDictionary<String, Tensor> {
    Torch.withoutGradients {
      let hot = codes.map { codebooks[0].hot($0) }  // u, [N, K] of each layer
      let pairs = matmul(hot[0].transposed(0, 1), hot[1])  // how often each, [K, K]
      func positive(_ counts: Tensor) -> Tensor { counts.clamped(above: 1).sum() }
      return [
        "n_different_codes": positive(hot[0].sum(axis: 0)) + positive(hot[1].sum(axis: 0)),
        "n_different_combinations": positive(pairs),
      ]
    }
  }

  /// [VQBET-quantize]  In the weights' own type where a forward pass is in bfloat16, as LeRobot has it on
  /// a GPU: neighbouring codes would be one.
  ///
  /// - Parameter z: [N, D].
  package func quantize(_ z: Tensor) -> VQBeTQuantization {
    Torch.withoutAutocast(device: z.device) {
      var residual = z.to(codebooks[0].codes.value.dataType)
      var (sum, commitment): (Tensor?, Tensor?)
      var (codes, residuals): ([Tensor], [Tensor]) = ([], [])
      for codebook in codebooks {
        let stopped = residual.detached()
        let nearest = codebook.nearest(stopped)  // k, [N]
        let code = codebook.vectors(nearest)  // eₖ, [N, D]
        residuals.append(stopped)
        let distance = (code - residual).squared().mean()
        commitment = commitment.map { $0 + distance } ?? distance
        let passed = residual + (code - stopped)  // q̂
        residual = residual - passed.detached()
        sum = sum.map { $0 + passed } ?? passed
        codes.append(nearest)
      }
      return VQBeTQuantization(
        vectors: sum ?? z, codes: codes, residuals: residuals,
        commitment: commitment ?? .zeros([]))
    }
  }

  /// What the codebooks follow of a batch: [1, K] and [1, K, D] of each layer.
  private func batchSums(_ quantized: VQBeTQuantization) -> [Tensor] {
    Torch.withoutAutocast(device: codebooks[0].codes.value.device) {
      zip(codebooks, zip(quantized.residuals, quantized.codes)).flatMap {
        $0.batchSums($1.0, $1.1)
      }
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
  /// - Returns: int64, [N] of each layer.
  package func codes(of chunks: Tensor) -> [Tensor] {
    Torch.withoutGradients { quantize(encoder(chunks)).codes }
  }

  /// [VQBET-decode]
  ///
  /// - Parameter codes: int64, [N] of each layer.
  /// - Returns: [N, c·A].
  package func actions(of codes: [Tensor]) -> Tensor {
    Torch.withoutGradients {
      let vectors = zip(codebooks, codes).map { $0.vectors($1) }
      return decoder(vectors.dropFirst().reduce(vectors[0], +))
    }
  }
}

/// What the residual quantizer makes of vectors.
package struct VQBeTQuantization {
  /// ẑ, [N, D].
  package let vectors: Tensor
  /// The index of the nearest code, int64, [N] of each layer.
  package let codes: [Tensor]
  /// r, what each layer had to quantize, [N, D].
  package let residuals: [Tensor]
  /// m₁ + m₂, [].
  package let commitment: Tensor
}

/// One layer's codes, each the moving average of the vectors that were nearest to it.
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
    sums = Parameter(drawn.copy(), role: .buffer)
    codes = Parameter(drawn, role: .buffer)
  }

  package var parameters: NamedParameters {
    ["initted": isInitialized, "cluster_size": counts, "embed_avg": sums, "embed": codes]
  }

  /// [VQBET-nearest]
  ///
  /// - Parameter residual: r, [N, D].
  /// - Returns: int64, [N].
  package func nearest(_ residual: Tensor) -> Tensor {
    Torch.withoutGradients {
      let codes = codes.value.selected(0, axis: 0)  // [K, D]
      let lengths = residual.squared().sum(axis: 1).expanded(axis: 1)  // [N, 1]
      let codeLengths = codes.squared().sum(axis: 1)  // [K]
      let products = matmul(residual, codes.transposed(0, 1))  // [N, K]
      return ((lengths + codeLengths + products * -2).squareRoot() * -1).argmax()
    }
  }

  /// The codes of some indices.
  ///
  /// - Parameter indices: int64, [N].
  /// - Returns: [N, D].
  package func vectors(_ indices: Tensor) -> Tensor {
    codes.value.selected(0, axis: 0).rows(indices)
  }

  /// Σu and uᵀr of a batch, where u is 1 at each vector's code.
  ///
  /// - Parameters:
  ///   - residual: r, [N, D].
  ///   - indices: int64, [N].
  /// - Returns: [1, K] and [1, K, D].
  package func batchSums(_ residual: Tensor, _ indices: Tensor) -> [Tensor] {
    Torch.withoutGradients {
      let hot = hot(indices)  // u, [N, K]
      let products = matmul(hot.transposed(0, 1), residual)  // [K, D]
      return [hot.sum(axis: 0).expanded(axis: 0), products.expanded(axis: 0)]
    }
  }

  /// [VQBET-codebook-average]  In place.
  ///
  /// - Parameters:
  ///   - newCounts: Σu over all batches of the step, [1, K].
  ///   - newSums: uᵀr, [1, K, D].
  package func follow(counts newCounts: Tensor, sums newSums: Tensor) {
    Torch.withoutGradients {
      counts.value.move(towards: newCounts, by: 1 - 0.8)
      sums.value.move(towards: newSums, by: 1 - 0.8)
      let total = counts.value.sum()  // Σn, []
      let smoothed = (counts.value + 1e-5) / (total + Double(count) * 1e-5) * total  // n̂, [1, K]
      codes.value = sums.value / smoothed.expanded(axis: 2)
    }
  }

  /// 1 at each index, in the type of the codes, [N, K].
  fileprivate func hot(_ indices: Tensor) -> Tensor {
    indices.oneHot(count).to(codes.value.dataType)
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
    named(layers.enumerated().map { ("\(2 * $0.offset)", $0.element) })
  }

  /// - Parameter x: [..., I].
  /// - Returns: [..., O].
  package func callAsFunction(_ x: Tensor) -> Tensor {
    layers.dropFirst().reduce(layers[0](x)) { $1(relu($0)) }
  }
}

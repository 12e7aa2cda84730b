import LeRobotCore

/// minGPT: a causal transformer over a sequence of tokens.
///
/// §3.3 takes it from Behavior Transformers (Shafiullah et al., arXiv:2206.11251); Radford et al.
/// (Language Models are Unsupervised Multitask Learners, 2019). LeRobot `vqbet_utils.py`, `GPT`.
package struct VQBeTTransformer: Layer {
  /// I → H, in the place of a table of words.
  package let tokenProjection: Linear
  /// One vector for each place of a sequence, [block, H].
  package let positions: Embedding
  package let blocks: [VQBeTBlock]
  /// After the last block.
  package let norm: LayerNorm
  /// H → O without a bias, [O, H].
  package let output: Parameter
  private let dropout: Dropout

  /// Draws every layer as torch's constructors do, then all weights again ([VQBET-initial-weights]).
  package init(_ config: VQBeTConfig, random: any RandomSource) {
    tokenProjection = Linear(
      inputWidth: config.inputWidth, outputWidth: config.hiddenWidth, random: random)
    positions = Embedding(count: config.blockSize, width: config.hiddenWidth, random: random)
    blocks = (0..<config.layerCount).map { _ in VQBeTBlock(config, random: random) }
    norm = LayerNorm(width: config.hiddenWidth)
    output = Parameter(random.kaimingUniform([config.outputWidth, config.hiddenWidth]))
    dropout = Dropout(probability: config.dropout)
    drawAgain(random)
  }

  package var parameters: NamedParameters {
    named(("transformer.wte", tokenProjection), ("transformer.wpe", positions))
      + named(blocks.enumerated().map { ("transformer.h.\($0.offset)", $0.element) })
      + named(("transformer.ln_f", norm)) + ["lm_head.weight": output]
  }

  /// [VQBET-initial-weights]  W ∼ N(0, 0.02²) and b = 0 everywhere; then, after all of those, the weights
  /// that end an attention N(0, 0.02²/2M) for M blocks, so that the sum of all residuals keeps its size.
  /// Those that end a perceptron stay as they are (Q-VQBET-9).
  private func drawAgain(_ random: any RandomSource) {
    let linears = [tokenProjection] + blocks.flatMap(\.linears)
    let weights =
      [tokenProjection.weight, positions.weight] + blocks.flatMap(\.linears).map(\.weight)
    for weight in weights + [output] {
      weight.value = random.normal(weight.value.shape, mean: 0, standardDeviation: 0.02)
    }
    for bias in linears.compactMap(\.bias) { bias.value = .zeros(bias.value.shape) }
    let scale = 0.02 / Double(2 * blocks.count).squareRoot()
    for block in blocks {
      let weight = block.attention.output.weight
      weight.value = random.normal(weight.value.shape, mean: 0, standardDeviation: scale)
    }
  }

  /// [VQBET-transformer]  W_o · LN(blocks(dropout(W·x + p)))
  ///
  /// - Parameters:
  ///   - tokens: x, [B, S, I], S no more than the places there are.
  ///   - pass: draws the masks of dropout, in training.
  /// - Returns: [B, S, O].
  package func callAsFunction(_ tokens: Variable, _ pass: Pass) -> Variable {
    let places = Tensor((0..<tokens.size(1)).map(Double.init), shape: [tokens.size(1)])
    let placed = dropout(tokenProjection(tokens) + positions(places), pass)  // [B, S, H]
    let features = norm(blocks.reduce(placed) { $1($0, pass) })
    let rows = features.reshaped([-1, output.value.size(1)])
    return matmul(rows, output.variable.transposed).reshaped([tokens.size(0), tokens.size(1), -1])
  }
}

/// Attention, then a perceptron, each with a norm before it and a residual around it.
package struct VQBeTBlock: Layer {
  package let attentionNorm: LayerNorm
  package let attention: VQBeTAttention
  package let perceptronNorm: LayerNorm
  /// H → 4H.
  package let linear1: Linear
  /// 4H → H.
  package let linear2: Linear
  private let dropout: Dropout

  /// Draws the attention, then the perceptron.
  package init(_ config: VQBeTConfig, random: any RandomSource) {
    let width = config.hiddenWidth
    attentionNorm = LayerNorm(width: width)
    attention = VQBeTAttention(config, random: random)
    perceptronNorm = LayerNorm(width: width)
    linear1 = Linear(inputWidth: width, outputWidth: 4 * width, random: random)
    linear2 = Linear(inputWidth: 4 * width, outputWidth: width, random: random)
    dropout = Dropout(probability: config.dropout)
  }

  package var parameters: NamedParameters {
    named(
      ("ln_1", attentionNorm), ("attn", attention), ("ln_2", perceptronNorm), ("mlp.0", linear1),
      ("mlp.2", linear2))
  }

  /// All linear layers, in the order in which they are drawn.
  package var linears: [Linear] { [attention.input, attention.output, linear1, linear2] }

  /// [VQBET-block]  x ← x + attention(LN₁(x)), then x ← x + dropout(W₂ gelu(W₁ LN₂(x) + b₁) + b₂).
  ///
  /// - Parameter x: [B, S, H].
  /// - Returns: [B, S, H].
  package func callAsFunction(_ x: Variable, _ pass: Pass) -> Variable {
    let attended = x + attention(attentionNorm(x), pass)
    let hidden = gelu(linear1(perceptronNorm(attended)))  // [B, S, 4H]
    return attended + dropout(linear2(hidden), pass)
  }
}

/// Attention of each token to itself and those before it.
package struct VQBeTAttention: Layer {
  /// H → 3H: queries, keys and values.
  package let input: Linear
  /// H → H.
  package let output: Linear
  /// 1 where a token may be looked at, [1, 1, block, block]; LeRobot stores it with the weights.
  package let visible: Parameter
  private let headCount: Int
  private let dropout: Dropout

  /// Draws the projection to queries, keys and values, then the output.
  package init(_ config: VQBeTConfig, random: any RandomSource) {
    let (width, block) = (config.hiddenWidth, config.blockSize)
    input = Linear(inputWidth: width, outputWidth: 3 * width, random: random)
    output = Linear(inputWidth: width, outputWidth: width, random: random)
    let rows = (0..<block).flatMap { row in (0..<block).map { $0 <= row ? 1.0 : 0 } }
    visible = Parameter(Tensor(rows, shape: [1, 1, block, block]), role: .buffer)
    headCount = config.headCount
    dropout = Dropout(probability: config.dropout)
  }

  package var parameters: NamedParameters {
    ["bias": visible] + named(("c_attn", input), ("c_proj", output))
  }

  /// [VQBET-attention]  dropout(W_o · dropout(softmax(QKᵀ/√d + F)) V + b_o) in each head of width d, with
  /// F = −∞ for every later token.
  ///
  /// Vaswani et al. (arXiv:1706.03762), §3.2.
  ///
  /// - Parameter x: [B, S, H].
  /// - Returns: [B, S, H].
  package func callAsFunction(_ x: Variable, _ pass: Pass) -> Variable {
    let (length, width) = (x.size(1), x.size(2))
    let projected = input(x)  // [B, S, 3H]
    func heads(_ part: Int) -> Variable {  // [B, M, S, d]
      projected.sliced(part * width..<(part + 1) * width, axis: 2)
        .reshaped([x.size(0), length, headCount, -1]).permuted([0, 2, 1, 3])
    }
    let (q, k, v) = (heads(0), heads(1), heads(2))
    let forbidden = visible.value.sliced(0..<length, axis: 2).sliced(0..<length, axis: 3)
      .map { $0 == 0 ? -.infinity : 0 }  // F, [1, 1, S, S]
    let scores = matmul(q, k.transposed) / Double(q.size(3)).squareRoot() + Variable(forbidden)
    let weights = dropout(scores.softmax(), pass)  // [B, M, S, S]
    let joined = matmul(weights, v).permuted([0, 2, 1, 3]).reshaped(x.shape)
    return dropout(output(joined), pass)
  }
}

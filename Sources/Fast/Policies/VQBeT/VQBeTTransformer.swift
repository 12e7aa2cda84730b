import LeRobotCore

/// minGPT: a causal transformer over a sequence of tokens.
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

  /// [VQBET-initial-weights]
  private func drawAgain(_ random: any RandomSource) {
    let linears = [tokenProjection] + blocks.flatMap(\.linears)
    let weights =
      [tokenProjection.weight, positions.weight] + blocks.flatMap(\.linears).map(\.weight)
    for weight in weights + [output] {
      weight.value = random.normal(weight.value.shape, mean: 0, standardDeviation: 0.02)
    }
    for bias in linears.compactMap(\.bias) { bias.value = bias.value.zeros() }
    let scale = 0.02 / Double(2 * blocks.count).squareRoot()
    for block in blocks {
      let weight = block.attention.output.weight
      weight.value = random.normal(weight.value.shape, mean: 0, standardDeviation: scale)
    }
  }

  /// [VQBET-transformer]
  ///
  /// - Parameters:
  ///   - tokens: x, [B, S, I], S no more than the places there are.
  ///   - pass: draws the masks of dropout, in training.
  /// - Returns: [B, S, O].
  package func callAsFunction(_ tokens: Tensor, _ pass: Pass) -> Tensor {
    let places = positions.weight.variable.sliced(0..<tokens.size(1), axis: 0)  // [S, H]
    let placed = dropout(tokenProjection(tokens) + places, pass)  // [B, S, H]
    return norm(blocks.reduce(placed) { $1($0, pass) }).linear(output.variable, nil)
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

  /// [VQBET-block]
  ///
  /// - Parameter x: [B, S, H].
  /// - Returns: [B, S, H].
  package func callAsFunction(_ x: Tensor, _ pass: Pass) -> Tensor {
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
    visible = Parameter(Tensor(rows).to(.float32).reshaped([1, 1, block, block]), role: .buffer)
    headCount = config.headCount
    dropout = Dropout(probability: config.dropout)
  }

  package var parameters: NamedParameters {
    ["bias": visible] + named(("c_attn", input), ("c_proj", output))
  }

  /// [VQBET-attention]
  ///
  /// - Parameter x: [B, S, H].
  /// - Returns: [B, S, H].
  package func callAsFunction(_ x: Tensor, _ pass: Pass) -> Tensor {
    let length = x.size(1)
    let projected = input(x).reshaped([x.size(0), length, 3, headCount, -1])  // [B, S, 3, M, d]
    func heads(_ part: Int) -> Tensor {  // [B, M, S, d]
      projected.selected(part, axis: 2).transposed(1, 2)
    }
    let (q, k, v) = (heads(0), heads(1), heads(2))
    let seen = visible.value.sliced(0..<length, axis: 2).sliced(0..<length, axis: 3)
    let scores = (matmul(q, k.transposed(2, 3)) / Double(q.size(3)).squareRoot())
      .filled(where: seen.equals(seen.zeros()), with: -.infinity)
    let weights = dropout(scores.softmax(), pass)  // [B, M, S, S]
    let joined = matmul(weights, v).transposed(1, 2).reshaped(x.shape)
    return dropout(output(joined), pass)
  }
}

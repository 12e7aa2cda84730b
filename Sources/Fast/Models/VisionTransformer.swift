import LeRobotCore

/// [siglip]
package struct VisionTransformer: Layer {
  /// 3 → D over p × p pixels.
  package let patches: Convolution
  /// What a place adds, [P, D].
  package let positions: Embedding
  package let layers: [VisionTransformerLayer]
  package let norm: LayerNorm
  /// n, patches along a side of the pictures it was made for.
  private let side: Int

  /// Draws in the order of the parameters.
  package init(_ sizes: VisionTransformerSizes, random: any RandomSource) {
    patches = Convolution(
      inputChannels: 3, outputChannels: sizes.width, kernelSize: sizes.patchSide,
      stride: sizes.patchSide, random: random)
    positions = Embedding(
      count: sizes.patchesPerSide * sizes.patchesPerSide, width: sizes.width, random: random)
    layers = (0..<sizes.layerCount).map { _ in VisionTransformerLayer(sizes, random: random) }
    norm = LayerNorm(width: sizes.width, epsilon: sizes.epsilon)
    side = sizes.patchesPerSide
  }

  package var parameters: NamedParameters {
    named(
      ("embeddings.patch_embedding", patches), ("embeddings.position_embedding", positions))
      + named(layers.enumerated().map { ("encoder.layers.\($0)", $1) })
      + named(("post_layernorm", norm))
  }

  /// [siglip-init]
  func redrawAsSigLIP(_ random: any RandomSource) {
    patches.weight.value = random.lecunNormal(patches.weight.value.shape)
    if let bias = patches.bias { bias.value = bias.value.zeros() }
    let places = positions.weight.value.shape
    for _ in 0..<2 {
      positions.weight.value = random.normal(
        places, mean: 0, standardDeviation: 1 / Double(places[1]).squareRoot())
    }
    for layer in layers { layer.redrawAsSigLIP(random) }
  }

  /// - Parameters:
  ///   - pictures: −1…1, of any size, [B, 3, H, W].
  ///   - saving: of layers.
  /// - Returns: [B, P, D], patches row by row.
  package func callAsFunction(
    _ pictures: Tensor, _ saving: MemorySaving = MemorySaving(isOn: false)
  ) -> Tensor {
    let seen = patches(pictures.to(patches.weight.value.dataType))  // [B, D, h, w]
    let rows = seen.reshaped([seen.size(0), seen.size(1), -1]).permuted([0, 2, 1])
    let placed = rows + positions(places(rows: seen.size(2), columns: seen.size(3), seen.device))
    return norm(
      layers.reduce(placed.to(norm.weight.value.dataType)) { x, layer in
        saving.part([x], count: 1, isTrained: true) { [layer($0[0])] }[0]
      })
  }

  /// [siglip-places]
  ///
  /// - Returns: numbers of places, [h·w].
  private func places(rows: Int, columns: Int, _ device: Device) -> Tensor {
    let row = (0..<rows).map { $0 * side / rows }
    let column = (0..<columns).map { $0 * side / columns }
    let numbers = row.flatMap { i in column.map { j in Double(i * side + j) } }
    return Tensor(numbers).to(.int64, device: device)
  }
}

/// [siglip-layer]
package struct VisionTransformerLayer: Layer {
  package let key: Linear
  package let value: Linear
  package let query: Linear
  package let output: Linear
  package let attentionNorm: LayerNorm
  /// D → F.
  package let first: Linear
  /// F → D.
  package let second: Linear
  package let mlpNorm: LayerNorm
  private let headCount: Int
  private let listsNormsFirst: Bool

  package init(_ sizes: VisionTransformerSizes, random: any RandomSource) {
    let width = sizes.width
    func square() -> Linear { Linear(inputWidth: width, outputWidth: width, random: random) }
    (key, value, query, output) = (square(), square(), square(), square())
    attentionNorm = LayerNorm(width: width, epsilon: sizes.epsilon)
    first = Linear(inputWidth: width, outputWidth: sizes.hiddenWidth, random: random)
    second = Linear(inputWidth: sizes.hiddenWidth, outputWidth: width, random: random)
    mlpNorm = LayerNorm(width: width, epsilon: sizes.epsilon)
    headCount = sizes.headCount
    listsNormsFirst = sizes.listsNormsFirst
  }

  package var parameters: NamedParameters {
    let attention = named(
      ("self_attn.k_proj", key), ("self_attn.v_proj", value), ("self_attn.q_proj", query),
      ("self_attn.out_proj", output))
    let mlp = named(("mlp.fc1", first), ("mlp.fc2", second))
    let norms = [named(("layer_norm1", attentionNorm)), named(("layer_norm2", mlpNorm))]
    return listsNormsFirst
      ? norms[0] + attention + norms[1] + mlp : attention + norms[0] + mlp + norms[1]
  }

  fileprivate func redrawAsSigLIP(_ random: any RandomSource) {
    dropDraws(of: [key, value, query, output], random)
    for linear in [query, key, value, output] {
      linear.weight.value = random.xavierUniform(linear.weight.value.shape)
      if let bias = linear.bias { bias.value = bias.value.zeros() }
    }
    dropDraws(of: [first, second], random)
    for linear in [first, second] {
      linear.weight.value = random.xavierUniform(linear.weight.value.shape)
    }
    for bias in [first.bias, second.bias].compactMap({ $0 }) {
      bias.value = random.normal(bias.value.shape, mean: 0, standardDeviation: 1e-6)
    }
  }

  /// The draws of linear layers that others take the place of.
  private func dropDraws(of layers: [Linear], _ random: any RandomSource) {
    for layer in layers { _ = random.uniform(layer.weight.value.shape, from: 0, to: 1) }
  }

  /// - Parameter x: [B, P, D].
  /// - Returns: [B, P, D].
  package func callAsFunction(_ x: Tensor) -> Tensor {
    let normed = attentionNorm(x)
    let attended = groupedAttention(
      query: heads(query(normed)), key: heads(key(normed)), value: heads(value(normed)))
    let h = x + output(attended)
    return h + second(geluByTanh(first(mlpNorm(h))))
  }

  /// [B, P, D] as [B, P, H, d].
  private func heads(_ x: Tensor) -> Tensor {
    x.reshaped([x.size(0), x.size(1), headCount, -1])
  }
}

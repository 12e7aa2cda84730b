import OrderedCollections

/// Names and shapes of all parameters, in the order of a checkpoint. What a network takes of memory can be
/// told from them before it is built.
struct PIShapes {
  private(set) var shapes: OrderedDictionary<String, [Int]> = [:]

  init<Release>(_ config: PIConfig<Release>, _ sizes: PISizes) {
    let models = PIConfig<Release>.modelsPrefix
    add(sizes.vision, "\(models)paligemma.model.vision_tower.vision_model.")
    addLinear(
      "\(models)paligemma.model.multi_modal_projector.linear", sizes.vision.width, sizes.text.width)
    addTable("\(models)paligemma.lm_head", sizes.text)
    add(sizes.text, "\(models)paligemma.model.language_model.")
    add(sizes.expert, "\(models)gemma_expert.model.")
    addTable("\(models)gemma_expert.lm_head", sizes.expert)
    let width = sizes.expert.width
    addLinear("model.action_in_proj", config.maximumActionWidth, width)
    addLinear("model.action_out_proj", width, config.maximumActionWidth)
    if !Release.readsStateAsText {
      addLinear("model.state_proj", config.maximumStateWidth, width)
    }
    let time = Release.readsStateAsText ? "model.time_mlp" : "model.action_time_mlp"
    addLinear("\(time)_in", Release.readsStateAsText ? width : 2 * width, width)
    addLinear("\(time)_out", width, width)
  }

  private mutating func addLinear(
    _ name: String, _ input: Int, _ output: Int, hasBias: Bool = true
  ) {
    shapes["\(name).weight"] = [output, input]
    if hasBias { shapes["\(name).bias"] = [output] }
  }

  private mutating func addTable(_ name: String, _ sizes: DecoderSizes) {
    shapes["\(name).weight"] = [sizes.vocabularySize, sizes.width]
  }

  private mutating func add(_ sizes: VisionTransformerSizes, _ part: String) {
    let (width, side) = (sizes.width, sizes.patchesPerSide)
    shapes["\(part)embeddings.patch_embedding.weight"] = [
      width, 3, sizes.patchSide, sizes.patchSide,
    ]
    shapes["\(part)embeddings.patch_embedding.bias"] = [width]
    shapes["\(part)embeddings.position_embedding.weight"] = [side * side, width]
    for index in 0..<sizes.layerCount {
      let layer = "\(part)encoder.layers.\(index)."
      addNorm("\(layer)layer_norm1", width)
      for name in ["k_proj", "v_proj", "q_proj", "out_proj"] {
        addLinear("\(layer)self_attn.\(name)", width, width)
      }
      addNorm("\(layer)layer_norm2", width)
      addLinear("\(layer)mlp.fc1", width, sizes.hiddenWidth)
      addLinear("\(layer)mlp.fc2", sizes.hiddenWidth, width)
    }
    addNorm("\(part)post_layernorm", width)
  }

  private mutating func addNorm(_ name: String, _ width: Int) {
    shapes["\(name).weight"] = [width]
    shapes["\(name).bias"] = [width]
  }

  private mutating func add(_ sizes: DecoderSizes, _ part: String) {
    let (width, hidden) = (sizes.width, sizes.hiddenWidth)
    let queries = sizes.headCount * sizes.headWidth
    let keys = sizes.keyHeadCount * sizes.headWidth
    for index in 0..<sizes.layerCount {
      let layer = "\(part)layers.\(index)."
      for (name, input, output) in [
        ("self_attn.q_proj", width, queries), ("self_attn.k_proj", width, keys),
        ("self_attn.v_proj", width, keys), ("self_attn.o_proj", queries, width),
        ("mlp.gate_proj", width, hidden), ("mlp.up_proj", width, hidden),
        ("mlp.down_proj", hidden, width),
      ] {
        addLinear("\(layer)\(name)", input, output, hasBias: false)
      }
      addDecoderNorm("\(layer)input_layernorm", sizes)
      addDecoderNorm("\(layer)post_attention_layernorm", sizes)
    }
    addDecoderNorm("\(part)norm", sizes)
  }

  private mutating func addDecoderNorm(_ name: String, _ sizes: DecoderSizes) {
    if sizes.kind == .conditionedGemma {
      addLinear("\(name).dense", sizes.width, 3 * sizes.width)
    } else {
      shapes["\(name).weight"] = [sizes.width]
    }
  }
}

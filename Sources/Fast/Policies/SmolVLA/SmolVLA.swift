import LeRobotCore

/// The network: a vision-language model, the expert beside it, and what leads in and out.
///
/// LeRobot `modeling_smolvla.py`, `VLAFlowMatching`.
package struct SmolVLA: Layer {
  package let model: SmolVLM
  package let expert: SmolVLAExpert
  /// max_state_dim → D.
  package let stateProjection: Linear
  /// max_action_dim → D of the expert.
  package let actionInput: Linear
  /// D of the expert → max_action_dim.
  package let actionOutput: Linear
  /// 2 · D of the expert → D of the expert.
  package let timeInput: Linear
  package let timeOutput: Linear
  let sizes: SmolVLASizes
  private let config: SmolVLAConfig
  private let sinusoid: TimeSinusoid

  /// Draws in LeRobot's order.
  package init(_ config: SmolVLAConfig, _ sizes: SmolVLASizes, random: any RandomSource) {
    (self.config, self.sizes) = (config, sizes)
    model = SmolVLM(sizes.model, layerCount: sizes.text.layerCount, random: random)
    expert = SmolVLAExpert(sizes, random: random)
    let width = sizes.expert.width
    sinusoid = TimeSinusoid(
      width: width, shortest: config.minimumPeriod, longest: config.maximumPeriod)
    stateProjection = Linear(
      inputWidth: config.maximumStateWidth, outputWidth: sizes.text.width, random: random)
    actionInput = Linear(
      inputWidth: config.maximumActionWidth, outputWidth: width, random: random)
    actionOutput = Linear(
      inputWidth: width, outputWidth: config.maximumActionWidth, random: random)
    timeInput = Linear(inputWidth: 2 * width, outputWidth: width, random: random)
    timeOutput = Linear(inputWidth: width, outputWidth: width, random: random)
  }

  package var parameters: NamedParameters {
    named(
      ("vlm_with_expert.vlm", model), ("vlm_with_expert.lm_expert", expert),
      ("state_proj", stateProjection), ("action_in_proj", actionInput),
      ("action_out_proj", actionOutput), ("action_time_mlp_in", timeInput),
      ("action_time_mlp_out", timeOutput))
  }

  /// [SMOLVLA-memory]
  package func memory(_ prefix: SmolVLAPrefix) -> SmolVLAMemory {
    let (count, width) = (prefix.seen.size(1), sizes.text.headWidth)
    let positions = prefix.positions
    let seenRotary = Rotary(positions: positions.sliced(0..<count, axis: 1), width: width)
    let stateRotary = Rotary(
      positions: positions.sliced(count..<count + 1, axis: 1), width: width)
    let (seenMask, stateMask) = (prefix.mask, prefix.isReal.isAbove(0.5).expanded(axis: 1))
    var (seen, state) = (prefix.seen, prefix.state)
    var memory: SmolVLAMemory = []
    for layer in model.text.layers {
      let ofSeen = layer.attentionInputs(seen, seenRotary)
      let ofState = layer.attentionInputs(state, stateRotary)
      let key = Tensor.concatenated([ofSeen.key, ofState.key], axis: 1)
      let value = Tensor.concatenated([ofSeen.value, ofState.value], axis: 1)
      memory.append((key, value))
      // What the last layer makes of its tokens nobody reads.
      if memory.count == model.text.layers.count { break }
      seen = layer.finished(
        seen,
        attended: groupedAttention(
          query: ofSeen.query, key: ofSeen.key, value: ofSeen.value, mask: seenMask))
      state = layer.finished(
        state,
        attended: groupedAttention(
          query: ofState.query, key: key, value: value, mask: stateMask))
    }
    return memory
  }

  /// What the expert looks at of a prefix.
  package func view(_ prefix: SmolVLAPrefix) -> SmolVLAView {
    expert.view(memory(prefix), isReal: prefix.isReal, count: config.chunkSize)
  }

  /// [SMOLVLA-velocity]
  ///
  /// - Parameters:
  ///   - sample: x_t, [B, H, max_action_dim].
  ///   - time: t, [B].
  /// - Returns: [B, H, max_action_dim].
  package func velocity(
    _ sample: Tensor, time: Tensor, _ view: SmolVLAView
  ) -> Tensor {
    let actions = actionInput(sample)  // [B, H, D of the expert]
    let times = sinusoid(time).to(actions.dataType).expanded(axis: 1)
      .broadcast(to: actions.shape)
    let tokens = timeOutput(
      silu(timeInput(.concatenated([actions, times], axis: 2))))
    return actionOutput(expert(tokens, view).to(actionOutput.dataType))
  }

  /// [SMOLVLA-loss]
  ///
  /// - Parameters:
  ///   - actions: a, [B, H, max_action_dim].
  ///   - noise: ε, of the same shape.
  ///   - time: t, [B].
  package func loss(
    _ prefix: SmolVLAPrefix, actions: Tensor, noise: Tensor, time: Tensor
  ) -> Tensor {
    let sample = FlowMatching.sample(actions, noise: noise, time: time)
    let target = FlowMatching.target(actions, noise: noise)
    let predicted = velocity(sample, time: time, view(prefix))
    return (target - predicted).squared().mean()
  }

  /// [SMOLVLA-sample]
  ///
  /// - Parameter noise: [B, H, max_action_dim].
  /// - Returns: [B, H, max_action_dim].
  package func sample(_ prefix: SmolVLAPrefix, noise: Tensor) -> Tensor {
    let view = view(prefix)
    return FlowMatching.walk(from: noise, stepCount: config.denoisingStepCount) { x, time in
      velocity(x, time: time, view)
    }
  }

  /// ε for a batch, [B, H, max_action_dim].
  package func noise(batch: Int, _ random: any RandomSource) -> Tensor {
    random.standardNormal([batch, config.chunkSize, config.maximumActionWidth])
  }

  /// t for a batch, [B].
  package func time(batch: Int, _ random: any RandomSource) -> Tensor {
    FlowMatching.time(batch: batch, alpha: 1.5, beta: 1, scale: 0.999, offset: 0.001, random)
  }
}

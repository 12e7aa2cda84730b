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

  /// [SMOLVLA-memory]  Keys and values of the prefix in each layer of the model. The prefix looks at no action,
  /// so that training and acting compute the same, and acting computes it once for all of its steps.
  ///
  /// LeRobot `forward` with `fill_kv_cache`.
  package func memory(_ prefix: SmolVLAPrefix) -> SmolVLAMemory {
    let rotary = Rotary(positions: prefix.positions, width: sizes.text.headWidth)
    let mask = prefix.mask
    var x = prefix.tokens
    return model.text.layers.map { layer in
      let own = layer.attentionInputs(x, rotary)
      x = layer.finished(
        x,
        attended: groupedAttention(query: own.query, key: own.key, value: own.value, mask: mask))
      return (own.key, own.value)
    }
  }

  /// What the expert looks at of a prefix.
  package func view(_ prefix: SmolVLAPrefix) -> SmolVLAView {
    expert.view(memory(prefix), isReal: prefix.isReal, count: config.chunkSize)
  }

  /// [SMOLVLA-velocity]  v(x_t, t): where the actions move while t falls from 1, noise, to 0.
  ///
  /// §3.1, eq. 1. LeRobot `embed_suffix` and `denoise_step`.
  ///
  /// - Parameters:
  ///   - sample: x_t, [B, H, max_action_dim].
  ///   - time: t, [B].
  /// - Returns: [B, H, max_action_dim].
  package func velocity(
    _ sample: Variable, time: Tensor, _ view: SmolVLAView
  ) -> Variable {
    let actions = actionInput(sample)  // [B, H, D of the expert]
    let times = sinusoid(time).reshaped([time.count, 1, -1]).broadcast(to: actions.shape)
    let tokens = timeOutput(
      silu(timeInput(.concatenated([actions, Variable(times)], axis: 2))))
    return actionOutput(expert(tokens, view))
  }

  /// [SMOLVLA-loss]  ‖u − v(x_t, t)‖² in the mean over all numbers, padded ones too (Q-SMOLVLA-3), where
  /// x_t = t·ε + (1 − t)·a and u = ε − a.
  ///
  /// Lipman et al., Flow matching (arXiv:2210.02747), eq. 14 and 22; SmolVLA, eq. 1.
  ///
  /// - Parameters:
  ///   - actions: a, [B, H, max_action_dim].
  ///   - noise: ε, of the same shape.
  ///   - time: t, [B].
  package func loss(
    _ prefix: SmolVLAPrefix, actions: Tensor, noise: Tensor, time: Tensor
  ) -> Variable {
    let sample = FlowMatching.sample(actions, noise: noise, time: time)
    let target = FlowMatching.target(actions, noise: noise)
    let predicted = velocity(Variable(sample), time: time, view(prefix))
    return (Variable(target) - predicted).squared().mean()
  }

  /// [SMOLVLA-sample]  From noise to actions in `num_steps` steps of Euler's method.
  ///
  /// LeRobot `sample_actions`, which counts time in float32.
  ///
  /// - Parameter noise: [B, H, max_action_dim].
  /// - Returns: [B, H, max_action_dim].
  package func sample(_ prefix: SmolVLAPrefix, noise: Tensor) -> Tensor {
    let view = view(prefix)
    return FlowMatching.walk(from: noise, stepCount: config.denoisingStepCount) { x, time in
      velocity(Variable(x), time: time, view).value
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

import LeRobotCore

/// The network: PaliGemma, the expert beside it, and what leads in and out.
///
/// LeRobot `modeling_pi0.py`, `PI0Pytorch`; `modeling_pi05.py`, `PI05Pytorch`.
package struct PI<Release: PIRelease>: Layer {
  package let model: PaliGemma
  package let expert: PIExpert
  /// max_action_dim → D of the expert.
  package let actionInput: Linear
  /// D of the expert → max_action_dim.
  package let actionOutput: Linear
  /// max_state_dim → D of the expert; nil where the state is text.
  package let stateProjection: Linear?
  /// From time, beside actions where it is mixed with them, to D of the expert.
  package let timeInput: Linear
  package let timeOutput: Linear
  private let sinusoid: TimeSinusoid
  let sizes: PISizes
  private let config: PIConfig<Release>

  /// Draws in LeRobot's order.
  package init(_ config: PIConfig<Release>, _ sizes: PISizes, random: any RandomSource) {
    (self.config, self.sizes) = (config, sizes)
    model = PaliGemma(sizes, random: random)
    expert = PIExpert(sizes, random: random)
    let width = sizes.expert.width
    func linear(_ input: Int, _ output: Int) -> Linear {
      Linear(inputWidth: input, outputWidth: output, random: random)
    }
    actionInput = linear(config.maximumActionWidth, width)
    actionOutput = linear(width, config.maximumActionWidth)
    stateProjection = Release.readsStateAsText ? nil : linear(config.maximumStateWidth, width)
    timeInput = linear(Release.readsStateAsText ? width : 2 * width, width)
    timeOutput = linear(width, width)
    sinusoid = TimeSinusoid(
      width: width, shortest: config.minimumPeriod, longest: config.maximumPeriod)
  }

  package var parameters: NamedParameters {
    let time = Release.readsStateAsText ? "time_mlp" : "action_time_mlp"
    return named(
      ("paligemma_with_expert.paligemma", model), ("paligemma_with_expert.gemma_expert", expert),
      ("action_in_proj", actionInput), ("action_out_proj", actionOutput),
      ("state_proj", stateProjection), ("\(time)_in", timeInput), ("\(time)_out", timeOutput))
  }

  /// [PI-memory]  Keys and values of the prefix in each layer of the model. The prefix looks at no action, so
  /// that training and acting compute the same, and acting computes it once for all of its steps.
  ///
  /// LeRobot `sample_actions`; in training it computes both models' layers side by side, with equal results.
  package func memory(_ prefix: PIPrefix) -> PIMemory {
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

  /// [PI-velocity]  v(x_t, t): where the actions move while t falls from 1, noise, to 0.
  ///
  /// π₀, §IV, eq. 2. LeRobot `denoise_step`.
  ///
  /// - Parameters:
  ///   - sample: x_t, [B, H, max_action_dim].
  ///   - time: t, [B].
  ///   - state: padded, [B, max_state_dim]; nil where it is text.
  /// - Returns: [B, H, max_action_dim].
  package func velocity(
    _ sample: Variable, time: Tensor, state: Tensor?, memory: PIMemory, isReal: Tensor
  ) -> Variable {
    let suffix = suffix(sample, time: time, state: state)
    let moved = expert(suffix, memory: memory, isReal: isReal)
    let count = moved.size(1)
    return actionOutput(moved.sliced(count - sample.size(1)..<count, axis: 1))
  }

  /// [PI-suffix]  The tokens of actions, and where state and time go.
  ///
  /// π₀, appendix B: with W for the linear layers, τ for the sinusoid of t and φ for silu, a token of the state
  /// W_q q and tokens W₃ φ(W₂ [W₁ x_t, τ]). π₀.₅: tokens W₁ x_t, and the condition φ(W₃ φ(W₂ τ)) of the norms.
  /// LeRobot `embed_suffix`.
  package func suffix(_ sample: Variable, time: Tensor, state: Tensor?) -> PISuffix {
    let actions = actionInput(sample)  // [B, H, D of the expert]
    let times = sinusoid(time)  // [B, D of the expert]
    guard let stateProjection, let state else {
      return PISuffix(
        tokens: actions, condition: silu(timeOutput(silu(timeInput(Variable(times))))))
    }
    let beside = times.reshaped([time.count, 1, -1]).broadcast(to: actions.shape)
    let mixed = timeOutput(
      silu(timeInput(.concatenated([actions, Variable(beside)], axis: 2))))
    let ofState = stateProjection(Variable(state)).reshaped([time.count, 1, -1])
    return PISuffix(tokens: .concatenated([ofState, mixed], axis: 1), hasState: true)
  }

  /// [PI-errors]  u − v(x_t, t), whose mean square is the loss.
  ///
  /// π₀, eq. 1. LeRobot `forward`.
  ///
  /// - Parameters:
  ///   - state: padded, [B, max_state_dim]; nil where it is text.
  ///   - actions: a, [B, H, max_action_dim].
  ///   - noise: ε, of the same shape.
  ///   - time: t, [B].
  /// - Returns: [B, H, max_action_dim].
  package func errors(
    _ prefix: PIPrefix, state: Tensor?, actions: Tensor, noise: Tensor, time: Tensor
  ) -> Variable {
    let sample = FlowMatching.sample(actions, noise: noise, time: time)
    let predicted = velocity(
      Variable(sample), time: time, state: state, memory: memory(prefix), isReal: prefix.isReal)
    return Variable(FlowMatching.target(actions, noise: noise)) - predicted
  }

  /// [PI-sample]  From noise to actions in `num_inference_steps` steps.
  ///
  /// - Parameter noise: [B, H, max_action_dim].
  /// - Returns: [B, H, max_action_dim].
  package func sample(_ prefix: PIPrefix, state: Tensor?, noise: Tensor) -> Tensor {
    let memory = memory(prefix)
    return FlowMatching.walk(from: noise, stepCount: config.inferenceStepCount) { x, time in
      velocity(Variable(x), time: time, state: state, memory: memory, isReal: prefix.isReal).value
    }
  }

  /// ε for a batch, [B, H, max_action_dim].
  package func noise(batch: Int, _ random: any RandomSource) -> Tensor {
    random.standardNormal([batch, config.chunkSize, config.maximumActionWidth])
  }

  /// t for a batch, [B].
  package func time(batch: Int, _ random: any RandomSource) -> Tensor {
    FlowMatching.time(
      batch: batch, alpha: config.timeSamplingAlpha, beta: config.timeSamplingBeta,
      scale: config.timeSamplingScale, offset: config.timeSamplingOffset, random)
  }
}

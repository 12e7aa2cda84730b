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
  /// Whether layers are computed again for their gradients.
  let saving: MemorySaving
  /// Whether gradients go through the tower.
  var trainsTower: Bool { !config.trainsExpertOnly && !config.freezesVisionEncoder }

  /// Draws in LeRobot's order.
  package init(_ config: PIConfig<Release>, _ sizes: PISizes, random: any RandomSource) {
    (self.config, self.sizes) = (config, sizes)
    saving = MemorySaving(isOn: config.checkpointsGradients)
    model = PaliGemma(sizes, random: random, storedIn: config.modelType)
    expert = PIExpert(sizes, random: random, storedIn: config.modelType)
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

  /// [PI-memory]
  package func memory(_ prefix: PIPrefix) -> PIMemory {
    let rotary = Rotary(positions: prefix.positions, width: sizes.text.headWidth)
    let mask = prefix.mask
    var x = prefix.tokens
    var memory: PIMemory = []
    for (index, layer) in model.text.layers.enumerated() {
      // What the last layer makes of its tokens nobody reads.
      let isLast = index == model.text.layers.count - 1
      let made = saving.part([x], count: isLast ? 2 : 3, isTrained: !config.trainsExpertOnly) {
        let own = layer.attentionInputs($0[0], rotary)
        if isLast { return [own.key, own.value] }
        let attended = groupedAttention(
          query: own.query, key: own.key, value: own.value, mask: mask)
        return [own.key, own.value, layer.finished($0[0], attended: attended)]
      }
      memory.append((made[0], made[1]))
      if !isLast { x = made[2] }
    }
    return memory
  }

  /// [PI-velocity]
  ///
  /// - Parameters:
  ///   - sample: x_t, [B, H, max_action_dim].
  ///   - time: t, [B].
  ///   - state: padded, [B, max_state_dim]; nil where it is text.
  /// - Returns: [B, H, max_action_dim].
  package func velocity(
    _ sample: Tensor, time: Tensor, state: Tensor?, memory: PIMemory, isReal: Tensor
  ) -> Tensor {
    let suffix = suffix(sample, time: time, state: state)
    let moved = expert(suffix, memory: memory, isReal: isReal, saving)
    let count = moved.size(1)
    return actionOutput(
      moved.sliced(count - sample.size(1)..<count, axis: 1).to(actionOutput.dataType))
  }

  /// [PI-suffix]
  package func suffix(_ sample: Tensor, time: Tensor, state: Tensor?) -> PISuffix {
    let actions = actionInput(sample)  // [B, H, D of the expert]
    let times = sinusoid(time).to(actions.dataType)  // [B, D of the expert]
    guard let stateProjection, let state else {
      return PISuffix(
        tokens: actions, condition: silu(timeOutput(silu(timeInput(times)))))
    }
    let beside = times.expanded(axis: 1).broadcast(to: actions.shape)
    let mixed = timeOutput(
      silu(timeInput(.concatenated([actions, beside], axis: 2))))
    let ofState = stateProjection(state).reshaped([time.count, 1, -1])
    return PISuffix(tokens: .concatenated([ofState, mixed], axis: 1), hasState: true)
  }

  /// [PI-errors]
  ///
  /// - Parameters:
  ///   - state: padded, [B, max_state_dim]; nil where it is text.
  ///   - actions: a, [B, H, max_action_dim].
  ///   - noise: ε, of the same shape.
  ///   - time: t, [B].
  /// - Returns: [B, H, max_action_dim].
  package func errors(
    _ prefix: PIPrefix, state: Tensor?, actions: Tensor, noise: Tensor, time: Tensor
  ) -> Tensor {
    let sample = FlowMatching.sample(actions, noise: noise, time: time)
    let predicted = velocity(
      sample, time: time, state: state, memory: memory(prefix), isReal: prefix.isReal)
    return FlowMatching.target(actions, noise: noise) - predicted
  }

  /// [PI-sample]
  ///
  /// - Parameter noise: [B, H, max_action_dim].
  /// - Returns: [B, H, max_action_dim].
  package func sample(_ prefix: PIPrefix, state: Tensor?, noise: Tensor) -> Tensor {
    let memory = memory(prefix)
    return FlowMatching.walk(from: noise, stepCount: config.inferenceStepCount) { x, time in
      velocity(x, time: time, state: state, memory: memory, isReal: prefix.isReal)
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

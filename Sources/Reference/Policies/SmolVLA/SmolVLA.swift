import Foundation
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

  /// Draws in LeRobot's order.
  package init(_ config: SmolVLAConfig, _ sizes: SmolVLASizes, random: any RandomSource) {
    (self.config, self.sizes) = (config, sizes)
    model = SmolVLM(sizes.model, layerCount: sizes.text.layerCount, random: random)
    expert = SmolVLAExpert(sizes, random: random)
    let width = sizes.expert.width
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
      let (query, key, value) = layer.attentionInputs(x, rotary)
      x = layer.finished(
        x, attended: groupedAttention(query: query, key: key, value: value, mask: mask))
      return (key, value)
    }
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
    _ sample: Variable, time: Tensor, memory: SmolVLAMemory, isReal: Tensor
  ) -> Variable {
    let actions = actionInput(sample)  // [B, H, D of the expert]
    let times = timeEmbedding(time).reshaped([time.count, 1, -1]).broadcast(to: actions.shape)
    let tokens = timeOutput(
      silu(timeInput(.concatenated([actions, Variable(times)], axis: 2))))
    return actionOutput(expert(tokens, memory: memory, isReal: isReal))
  }

  /// [SMOLVLA-time]  sin and cos of 2πt/p for periods p that grow geometrically from `min_period` to
  /// `max_period`.
  ///
  /// LeRobot `create_sinusoidal_pos_embedding`.
  ///
  /// - Returns: [B, D of the expert].
  private func timeEmbedding(_ time: Tensor) -> Tensor {
    let half = sizes.expert.width / 2
    let ratio = config.maximumPeriod / config.minimumPeriod
    let angles = time.elements.map { t in
      (0..<half).map { i in
        let fraction = half == 1 ? 0 : Double(i) / Double(half - 1)
        return 1 / (config.minimumPeriod * pow(ratio, fraction)) * 2 * .pi * t
      }
    }
    return Tensor(
      angles.flatMap { $0.map(sin) + $0.map(cos) }, shape: [time.count, 2 * half])
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
    let t = time.reshaped([time.count, 1, 1])
    let sample = t * noise + (-(t - 1)) * actions
    let target = noise - actions
    let predicted = velocity(
      Variable(sample), time: time, memory: memory(prefix), isReal: prefix.isReal)
    return (Variable(target) - predicted).squared().mean()
  }

  /// [SMOLVLA-sample]  From noise to actions in `num_steps` steps of Euler's method.
  ///
  /// LeRobot `sample_actions`, which counts time in float32.
  ///
  /// - Parameter noise: [B, H, max_action_dim].
  /// - Returns: [B, H, max_action_dim].
  package func sample(_ prefix: SmolVLAPrefix, noise: Tensor) -> Tensor {
    let memory = memory(prefix)
    let step = Float(-1.0 / Double(config.denoisingStepCount))
    var (x, time) = (noise, Float(1))
    while time >= -step / 2 {
      let t = Tensor(repeating: Double(time), shape: [noise.size(0)])
      x =
        x + Double(step)
        * velocity(Variable(x), time: t, memory: memory, isReal: prefix.isReal).value
      time += step
    }
    return x
  }

  /// ε for a batch, [B, H, max_action_dim].
  package func noise(batch: Int, _ random: any RandomSource) -> Tensor {
    random.standardNormal([batch, config.chunkSize, config.maximumActionWidth])
  }

  /// [SMOLVLA-beta]  t = 0.999 · Beta(1.5, 1) + 0.001: rarely pure actions.
  ///
  /// Black et al., π₀ (arXiv:2410.24164), appendix B. LeRobot `sample_time`.
  package func time(batch: Int, _ random: any RandomSource) -> Tensor {
    random.beta([batch], 1.5, 1).map { Double(Float($0) * Float(0.999) + Float(0.001)) }
  }
}

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

  /// [SMOLVLA-velocity]
  ///
  /// - Parameters:
  ///   - sample: x_t, [B, H, max_action_dim].
  ///   - time: t, [B].
  /// - Returns: [B, H, max_action_dim].
  package func velocity(
    _ sample: Tensor, time: Tensor, memory: SmolVLAMemory, isReal: Tensor
  ) -> Tensor {
    let actions = actionInput(sample)  // [B, H, D of the expert]
    let times = timeEmbedding(time).to(actions.dataType).expanded(axis: 1)
      .broadcast(to: actions.shape)
    let tokens = timeOutput(
      silu(timeInput(.concatenated([actions, times], axis: 2))))
    return actionOutput(
      expert(tokens, memory: memory, isReal: isReal).to(actionOutput.dataType))
  }

  /// [SMOLVLA-time]
  ///
  /// - Returns: [B, D of the expert].
  private func timeEmbedding(_ time: Tensor) -> Tensor {
    let half = sizes.expert.width / 2
    let ratio = config.maximumPeriod / config.minimumPeriod
    let scales = (0..<half).map { i in
      let fraction = half == 1 ? 0 : Double(i) / Double(half - 1)
      return 1 / (config.minimumPeriod * pow(ratio, fraction)) * 2 * .pi
    }
    let angles = time.to(.float64).expanded(axis: 1) * Tensor(scales).to(device: time.device)
    return .concatenated([angles.sine(), angles.cosine()], axis: 1)
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
    let t = time.to(noise.dataType).reshaped([time.count, 1, 1])
    let sample = t * noise + (t * -1 + 1) * actions
    let target = noise - actions
    let predicted = velocity(
      sample, time: time, memory: memory(prefix), isReal: prefix.isReal)
    return (target - predicted).squared().mean()
  }

  /// [SMOLVLA-sample]
  ///
  /// - Parameter noise: [B, H, max_action_dim].
  /// - Returns: [B, H, max_action_dim].
  package func sample(_ prefix: SmolVLAPrefix, noise: Tensor) -> Tensor {
    let memory = memory(prefix)
    let step = Float(-1.0 / Double(config.denoisingStepCount))
    var (x, time) = (noise, Float(1))
    while time >= -step / 2 {
      let t = Tensor(
        repeating: Double(time), shape: [noise.size(0)], dataType: noise.dataType,
        device: noise.device)
      x =
        x + Double(step)
        * velocity(x, time: t, memory: memory, isReal: prefix.isReal)
      time += step
    }
    return x
  }

  /// ε for a batch, [B, H, max_action_dim].
  package func noise(batch: Int, _ random: any RandomSource) -> Tensor {
    random.standardNormal([batch, config.chunkSize, config.maximumActionWidth])
  }

  /// [SMOLVLA-beta]
  package func time(batch: Int, _ random: any RandomSource) -> Tensor {
    random.beta([batch], 1.5, 1) * 0.999 + 0.001
  }
}

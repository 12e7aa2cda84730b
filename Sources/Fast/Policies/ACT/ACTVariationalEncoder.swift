import LeRobotCore

/// [ACT-vae-encode]
package struct ACTVariationalEncoder: Layer {
  let config: ACTConfig
  let features: ACTFeatures
  let encoder: ACTEncoder
  /// The learned token whose output holds the distribution.
  let classToken: Embedding
  let stateInput: Linear?
  let actionInput: Linear
  let latentOutput: Linear
  /// [1, N, D], a buffer.
  let positions: Parameter

  package init(_ config: ACTConfig, features: ACTFeatures, random: any RandomSource) {
    self.config = config
    self.features = features
    let width = config.modelWidth
    func input(_ inputWidth: Int) -> Linear {
      Linear(inputWidth: inputWidth, outputWidth: width, random: random)
    }
    encoder = ACTEncoder(config, layerCount: config.vaeEncoderLayerCount, random: random)
    classToken = Embedding(count: 1, width: width, random: random)
    stateInput = features.stateWidth.map(input)
    actionInput = input(features.actionWidth)
    latentOutput = Linear(
      inputWidth: width, outputWidth: 2 * config.latentWidth, random: random)
    let count = 1 + (stateInput == nil ? 0 : 1) + config.chunkSize
    let table = sinusoidalPositions1D(count: count, width: width).map(Double.init)
    positions = Parameter(
      Tensor(table).reshaped([1, count, width]).to(.float32), isTrained: false)
  }

  package var parameters: NamedParameters {
    ["vae_encoder_pos_enc": positions]
      + named(
        ("vae_encoder", encoder), ("vae_encoder_cls_embed", classToken),
        ("vae_encoder_robot_state_input_proj", stateInput),
        ("vae_encoder_action_input_proj", actionInput),
        ("vae_encoder_latent_output_proj", latentOutput))
  }

  /// - Parameter batch: state [B, ·], actions [B, T, A], `action_is_pad` [B, T].
  /// - Returns: the latent's distribution, [B, L] each.
  package func callAsFunction(
    _ batch: [String: Tensor], random: (any RandomSource)?
  ) -> LatentDistribution {
    let actions = actionInput(batch.tensor(features.actionKey))  // [B, T, D]
    let batchSize = actions.size(0)
    var tokens = [
      classToken.weight.value.expanded(axis: 0).broadcast(to: [batchSize, 1, config.modelWidth])
    ]
    if let stateInput {
      tokens.append(stateInput(batch.tensor(features.stateKey)).expanded(axis: 1))
    }
    let isPad = batch.tensor(features.actionIsPadKey)
    let neverPad = Tensor.zeros(
      [batchSize, tokens.count], dataType: .bool, device: isPad.device)
    let encoded = encoder(
      Tensor.concatenated(tokens + [actions], axis: 1).permuted([1, 0, 2]),
      positions: positions.value.permuted([1, 0, 2]),
      keyPaddingMask: Tensor.concatenated([neverPad, isPad], axis: 1), random: random)  // [N, B, D]
    let parameters = latentOutput(encoded.selected(0, axis: 0))  // [B, 2L]
    let count = config.latentWidth
    return LatentDistribution(
      mean: parameters.sliced(0..<count, axis: 1),
      logVariance: parameters.sliced(count..<2 * count, axis: 1))
  }
}

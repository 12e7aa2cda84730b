import LeRobotCore

/// q_φ(z | a, ō). Used in training only.
package struct ACTVariationalEncoder: Layer {
  /// The transformer.
  package let encoder: ACTEncoder
  /// The learned [CLS] token, [1, D].
  package let classEmbedding: Embedding
  /// Ds → D; absent where the robot has no state.
  package let stateProjection: Linear?
  /// A → D.
  package let actionProjection: Linear
  /// D → 2L: μ, then log σ².
  package let latentProjection: Linear
  /// Sinusoids of [ACT-pos1d], [1, S, D].
  package let positions: Parameter
  private let latentWidth: Int

  package init(_ config: ACTConfig, features: ACTFeatures, random: any RandomSource) {
    let width = config.modelWidth
    encoder = ACTEncoder(config, layerCount: config.vaeEncoderLayerCount, random: random)
    classEmbedding = Embedding(count: 1, width: width, random: random)
    stateProjection = features.stateWidth.map {
      Linear(inputWidth: $0, outputWidth: width, random: random)
    }
    actionProjection = Linear(
      inputWidth: features.actionWidth, outputWidth: width, random: random)
    latentProjection = Linear(
      inputWidth: width, outputWidth: 2 * config.latentWidth, random: random)
    let tokenCount = (stateProjection == nil ? 1 : 2) + config.chunkSize
    positions = Parameter(
      sinusoidalPositions1D(count: tokenCount, width: width).reshaped([1, tokenCount, width]),
      role: .buffer)
    latentWidth = config.latentWidth
  }

  package var parameters: NamedParameters {
    ["vae_encoder_pos_enc": positions]
      + named(
        ("vae_encoder", encoder),
        ("vae_encoder_cls_embed", classEmbedding),
        ("vae_encoder_robot_state_input_proj", stateProjection),
        ("vae_encoder_action_input_proj", actionProjection),
        ("vae_encoder_latent_output_proj", latentProjection))
  }

  /// [ACT-vae-encode]
  ///
  /// - Parameters:
  ///   - state: ō, [B, Ds].
  ///   - actions: a, [B, k, A].
  ///   - isPadding: [B, k], true where attention must not look.
  /// - Returns: μ and log σ², each [B, L].
  package func callAsFunction(
    state: Tensor?, actions: Tensor, isPadding: Tensor, _ pass: Pass
  ) -> ACTPosterior {
    let batch = actions.size(0)
    let width = classEmbedding.weight.value.size(1)
    var tokens = [classEmbedding.weight.variable.broadcast(to: [batch, 1, width])]
    if let stateProjection, let state {
      tokens.append(stateProjection(state).reshaped([batch, 1, width]))
    }
    let isConditioning = Tensor.zeros(  // CLS and ō are never padding
      [batch, tokens.count], dataType: .bool, device: isPadding.device)
    tokens.append(actionProjection(actions))  // [B, k, D]

    let encoded = encoder(
      Tensor.concatenated(tokens, axis: 1).permuted([1, 0, 2]),  // [S, B, D]
      positions: positions.variable.permuted([1, 0, 2]),  // [S, 1, D]
      keyPaddingMask: .concatenated([isConditioning, isPadding], axis: 1),  // [B, S]
      pass)
    let parameters = latentProjection(encoded.selected(0, axis: 0))  // [B, 2L]
    return ACTPosterior(
      mean: parameters.sliced(0..<latentWidth, axis: 1),
      logVariance: parameters.sliced(latentWidth..<2 * latentWidth, axis: 1))
  }
}

/// q_φ(z | a, ō) = N(μ, diag σ²).
package struct ACTPosterior {
  /// μ, [B, L].
  package let mean: Tensor
  /// log σ², [B, L].
  package let logVariance: Tensor
}

import LeRobotCore

/// π_θ(â | o, z).
package struct ACT: Layer {
  /// q_φ; nil trains without the variational objective.
  package let variationalEncoder: ACTVariationalEncoder?
  /// Pictures to feature maps, shared by all cameras; nil without cameras.
  package let backbone: ResNet?
  /// Fuses the tokens of the observation.
  package let encoder: ACTEncoder
  /// Turns k queries into k actions.
  package let decoder: ACTDecoder
  /// Ds → D.
  package let stateProjection: Linear?
  /// De → D.
  package let environmentProjection: Linear?
  /// L → D.
  package let latentProjection: Linear
  /// Channels → D, a 1×1 convolution.
  package let imageProjection: Convolution?
  /// Learned positions of the latent and the states, [1 to 3, D].
  package let tokenPositions: Embedding
  /// Learned positions of the k queries, [k, D].
  package let queryPositions: Embedding
  /// D → A.
  package let actionHead: Linear
  private let config: ACTConfig
  private let features: ACTFeatures
  private let positionTables = PositionTables()

  /// Draws every weight once in the order in which LeRobot constructs, and the transformer's
  /// matrices a second time ([xavier-uniform]).
  package init(_ config: ACTConfig, features: ACTFeatures, random: any RandomSource) {
    let width = config.modelWidth
    func projection(from inputWidth: Int) -> Linear {
      Linear(inputWidth: inputWidth, outputWidth: width, random: random)
    }
    self.config = config
    self.features = features
    variationalEncoder =
      config.usesVAE ? ACTVariationalEncoder(config, features: features, random: random) : nil
    backbone = features.cameraKeys.isEmpty ? nil : ResNet(config, random: random)
    encoder = ACTEncoder(config, layerCount: config.encoderLayerCount, random: random)
    decoder = ACTDecoder(config, random: random)
    stateProjection = features.stateWidth.map(projection)
    environmentProjection = features.environmentWidth.map(projection)
    latentProjection = projection(from: config.latentWidth)
    imageProjection = backbone.map {
      Convolution(
        inputChannels: $0.featureChannels, outputChannels: width, kernelSize: 1, random: random)
    }
    let states = [stateProjection, environmentProjection].compactMap { $0 }
    tokenPositions = Embedding(count: 1 + states.count, width: width, random: random)
    queryPositions = Embedding(count: config.chunkSize, width: width, random: random)
    actionHead = Linear(inputWidth: width, outputWidth: features.actionWidth, random: random)
    let transformer = Array(encoder.parameters.values) + decoder.parameters.values
    for parameter in transformer where parameter.value.rank > 1 {
      parameter.value = random.xavierUniform(parameter.value.shape)
    }
  }

  package var parameters: NamedParameters {
    (variationalEncoder?.parameters ?? [:])
      + named(
        ("backbone", backbone), ("encoder", encoder), ("decoder", decoder),
        ("encoder_robot_state_input_proj", stateProjection),
        ("encoder_env_state_input_proj", environmentProjection),
        ("encoder_latent_input_proj", latentProjection),
        ("encoder_img_feat_input_proj", imageProjection),
        ("encoder_1d_feature_pos_embed", tokenPositions),
        ("decoder_pos_embed", queryPositions),
        ("action_head", actionHead))
  }

  /// â, and in training q_φ's parameters.
  ///
  /// - Parameters:
  ///   - batch: o, and in training a and its padding.
  ///   - pass: in an evaluation z = 0 and nothing is dropped.
  /// - Returns: â [B, k, A]; the posterior where z was drawn from it.
  package func callAsFunction(
    _ batch: [String: Tensor], _ pass: Pass
  ) -> (actions: Tensor, posterior: ACTPosterior?) {
    let (latent, posterior) = latent(batch, pass)
    let (tokens, positions) = observationTokens(batch, latent: latent, pass.mode)
    let memory = encoder(tokens, positions: positions, pass)  // [S, B, D]
    let queries = zeros([config.chunkSize, latent.size(0), config.modelWidth])
    let decoded = decoder(
      queries, memory: memory, memoryPositions: positions,
      queryPositions: learned(queryPositions), pass)  // [k, B, D]
    return (actionHead(decoded.transposed(0, 1)), posterior)
  }

  /// [ACT-latent]
  ///
  /// - Returns: z [B, L]; the posterior where z was drawn from it.
  func latent(
    _ batch: [String: Tensor], _ pass: Pass
  ) -> (latent: Tensor, posterior: ACTPosterior?) {
    guard let variationalEncoder, pass.isTraining else {
      let input = batch.tensor(features.observationKeys[0])
      return (zeros([input.size(0), config.latentWidth]), nil)
    }
    let posterior = variationalEncoder(
      state: stateProjection == nil ? nil : batch.tensor("observation.state"),
      actions: batch.tensor("action"), isPadding: batch.tensor("action_is_pad"), pass)
    let noise = pass.random.normal(posterior.mean.shape, mean: 0, standardDeviation: 1)  // ε
    let deviation = (posterior.logVariance / 2).exp()  // σ
    return (posterior.mean + deviation * noise, posterior)
  }

  /// [ACT-tokens]
  ///
  /// - Returns: tokens [S, B, D], positions [S, 1, D].
  func observationTokens(
    _ batch: [String: Tensor], latent: Tensor, _ mode: Pass.Mode
  ) -> (tokens: Tensor, positions: Tensor) {
    func token(_ x: Tensor) -> Tensor { x.expanded(axis: 0) }
    var tokens = [token(latentProjection(latent))]
    var positions = [learned(tokenPositions)]
    if let stateProjection {
      tokens.append(token(stateProjection(batch.tensor("observation.state"))))
    }
    if let environmentProjection {
      let state = batch.tensor("observation.environment_state")
      tokens.append(token(environmentProjection(state)))
    }
    if let backbone, let imageProjection {
      for camera in features.cameraKeys {
        let features = backbone(batch.tensor(camera), mode)  // [B, C, h, w]
        let plane = positionTables.table(
          for: features, channels: config.modelWidth, like: positions[0])
        tokens.append(pixels(imageProjection(features)))
        positions.append(pixels(plane))
      }
    }
    return (.concatenated(tokens, axis: 0), .concatenated(positions, axis: 0))
  }

  /// Every pixel of [B, D, h, w] as a token: [h·w, B, D].
  private func pixels(_ map: Tensor) -> Tensor {
    map.permuted([2, 3, 0, 1]).reshaped([-1, map.size(0), map.size(1)])
  }

  /// Learned positions for every sample: [N, 1, D].
  private func learned(_ embedding: Embedding) -> Tensor {
    embedding.weight.variable.expanded(axis: 1)
  }

  /// Zeros of the weights' type, where the weights are.
  private func zeros(_ shape: [Int]) -> Tensor {
    let like = actionHead.weight.value
    return .zeros(shape, dataType: like.dataType, device: like.device)
  }
}

extension ResNet {
  /// The backbone a configuration names; `ACTFeatures` has checked that there is one.
  init(_ config: ACTConfig, random: any RandomSource) {
    guard let architecture = ResNetArchitecture(rawValue: config.visionBackbone) else {
      FatalFailure.inconsistent("\(config.visionBackbone) is no residual network of this module")
        .end()
    }
    self.init(
      architecture, replacesFinalStrideWithDilation: config.replaceFinalStrideWithDilation,
      random: random)
  }
}

import LeRobotCore

/// The distribution of the latent z, N(μ, σ²).
package struct LatentDistribution {
  /// μ, [B, L].
  package let mean: Tensor
  /// log σ², [B, L].
  package let logVariance: Tensor
}

/// The network of [ACT]: a variational encoder, a ResNet, and a transformer that turns latent,
/// states and pictures into a chunk of actions.
package struct ACT: Layer {
  let config: ACTConfig
  let features: ACTFeatures

  /// The part that is used in training only.
  let variationalEncoder: ACTVariationalEncoder?
  let backbone: ResNet?
  let encoder: ACTEncoder
  let decoder: ACTDecoder
  let stateInput: Linear?
  let environmentInput: Linear?
  let latentInput: Linear
  let imageInput: Convolution?
  /// One learned position for each of latent, state and environment state.
  let vectorPositions: Embedding
  let imagePositions: SinusoidalPositions2D
  /// One learned position for each action of a chunk.
  let actionPositions: Embedding
  let actionHead: Linear

  /// Draws in the order of LeRobot's constructor, then the transformer's matrices again.
  package init(_ config: ACTConfig, features: ACTFeatures, random: any RandomSource) {
    self.config = config
    self.features = features
    let width = config.modelWidth
    func input(_ inputWidth: Int) -> Linear {
      Linear(inputWidth: inputWidth, outputWidth: width, random: random)
    }
    variationalEncoder =
      config.usesVAE ? ACTVariationalEncoder(config, features: features, random: random) : nil
    backbone = features.backbone.map {
      ResNet(
        $0, replacesFinalStrideWithDilation: config.replaceFinalStrideWithDilation, random: random)
    }
    encoder = ACTEncoder(config, layerCount: config.encoderLayerCount, random: random)
    decoder = ACTDecoder(config, random: random)
    stateInput = features.stateWidth.map(input)
    environmentInput = features.environmentWidth.map(input)
    latentInput = input(config.latentWidth)
    imageInput = backbone.map {
      Convolution(
        inputChannels: $0.featureChannels, outputChannels: width, kernelSize: 1, random: random)
    }
    let vectorCount = 1 + (stateInput == nil ? 0 : 1) + (environmentInput == nil ? 0 : 1)
    vectorPositions = Embedding(count: vectorCount, width: width, random: random)
    imagePositions = SinusoidalPositions2D(width: width)
    actionPositions = Embedding(count: config.chunkSize, width: width, random: random)
    actionHead = Linear(inputWidth: width, outputWidth: features.actionWidth, random: random)
    for parameter in (encoder.parameters + named(("decoder", decoder))).values
    where parameter.value.rank > 1 {
      parameter.value = random.xavierUniform(parameter.value.shape)
    }
  }

  package var parameters: NamedParameters {
    (variationalEncoder?.parameters ?? [:])
      + named(
        ("backbone", backbone), ("encoder", encoder), ("decoder", decoder),
        ("encoder_robot_state_input_proj", stateInput),
        ("encoder_env_state_input_proj", environmentInput),
        ("encoder_latent_input_proj", latentInput), ("encoder_img_feat_input_proj", imageInput),
        ("encoder_1d_feature_pos_embed", vectorPositions), ("decoder_pos_embed", actionPositions),
        ("action_head", actionHead))
  }

  /// - Parameters:
  ///   - batch: states [B, ·], pictures [B, 3, H, W]; in training the action chunk [B, T, A] and
  ///     `action_is_pad` [B, T].
  ///   - random: draws dropout and the latent; nil in evaluation, where the latent is zero.
  /// - Returns: actions [B, T, A] and, in training with a VAE, the latent's distribution.
  package func callAsFunction(
    _ batch: [String: Tensor], random: (any RandomSource)?
  ) -> (actions: Tensor, latent: LatentDistribution?) {
    let (latent, distribution) = latent(batch, random: random)
    let (tokens, positions) = tokens(batch, latent: latent)
    let memory = encoder(tokens, positions: positions, random: random)  // [S, B, D]
    let queries = Tensor.zeros(  // [T, B, D]
      [config.chunkSize, latent.size(0), config.modelWidth], dataType: positions.dataType,
      device: positions.device)
    let decoded = decoder(
      queries, memory: memory, positions: actionPositions.weight.value.expanded(axis: 1),
      memoryPositions: positions, random: random)  // [T, B, D]
    return (actionHead(decoded.transposed(0, 1)), distribution)
  }

  /// [ACT-latent]
  ///
  /// - Returns: z [B, L].
  private func latent(
    _ batch: [String: Tensor], random: (any RandomSource)?
  ) -> (Tensor, LatentDistribution?) {
    if let variationalEncoder, let random {
      let distribution = variationalEncoder(batch, random: random)
      let (μ, logVariance) = (distribution.mean, distribution.logVariance)
      let noise = random.normal(μ.shape, mean: 0, standardDeviation: 1)
      return (μ + (logVariance / 2).exp() * noise, distribution)
    }
    let like = latentInput.weight.value
    let batchSize = features.anyInput(batch).size(0)
    let zero = Tensor.zeros(
      [batchSize, config.latentWidth], dataType: like.dataType, device: like.device)
    return (zero, nil)
  }

  /// [ACT-tokens]  All cameras' pixels are one tensor from the start.
  ///
  /// - Returns: tokens [S, B, D] and their positions [S, 1, D].
  private func tokens(
    _ batch: [String: Tensor], latent: Tensor
  ) -> (tokens: Tensor, positions: Tensor) {
    var vectors = [latentInput(latent)]  // each [B, D]
    if let stateInput { vectors.append(stateInput(batch.tensor(features.stateKey))) }
    if let environmentInput {
      vectors.append(environmentInput(batch.tensor(features.environmentKey)))
    }
    var tokens = [Tensor.stacked(vectors)]
    var positions = [vectorPositions.weight.value.expanded(axis: 1)]
    if let backbone, let imageInput {
      for key in features.imageKeys {
        let maps = backbone(batch.tensor(key))  // [B, C, h, w]
        let pixels = imageInput(maps)  // [B, D, h, w]
        let (count, size) = (pixels.size(2) * pixels.size(3), pixels.size(0))
        tokens.append(pixels.permuted([2, 3, 0, 1]).reshaped([count, size, config.modelWidth]))
        positions.append(imagePositions(maps, dataType: positions[0].dataType))
      }
    }
    return (Tensor.concatenated(tokens, axis: 0), Tensor.concatenated(positions, axis: 0))
  }
}

extension [String: Tensor] {
  /// The tensor under a key that the learner made sure is there.
  func tensor(_ key: String) -> Tensor {
    guard let tensor = self[key] else {
      preconditionFailure("the batch lacks \(key); it has \(keys.sorted())")
    }
    return tensor
  }
}

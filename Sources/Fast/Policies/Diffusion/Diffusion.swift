import LeRobotCore

/// ε_θ(x_t, t, c) with the encoders behind c.
package struct Diffusion: Layer {
  /// Pictures to features: one for all cameras or one for each; none without cameras.
  package let encoders: [KeypointEncoder]
  /// ε_θ.
  package let unet: DiffusionUNet
  /// Adds noise and takes it away.
  package let scheduler: DiffusionScheduler
  private let config: DiffusionConfig
  private let features: DiffusionFeatures

  /// Draws the encoders, then the U-Net.
  package init(
    _ config: DiffusionConfig, features: DiffusionFeatures, random: any RandomSource
  ) {
    self.config = config
    self.features = features
    let cameras = features.cameraKeys.count
    encoders = (0..<(config.usesEncoderPerCamera ? cameras : min(cameras, 1))).compactMap { _ in
      features.pictureSize.map { KeypointEncoder(config, pictureSize: $0, random: random) }
    }
    unet = DiffusionUNet(config, features: features, random: random)
    scheduler = DiffusionScheduler(config, features: features)
  }

  package var parameters: NamedParameters {
    let names = encoders.indices.map {
      config.usesEncoderPerCamera ? "rgb_encoder.\($0)" : "rgb_encoder"
    }
    return named(zip(names, encoders).map { (name: $0, layer: $1) }) + named(("unet", unet))
  }

  /// [DIFF-loss]
  ///
  /// - Parameters:
  ///   - observation: [B, To, …] under each key.
  ///   - actions: x₀, [B, Tp, A].
  ///   - isPadding: [B, Tp], where padded actions are masked.
  ///   - pass: draws crops, noise and timesteps.
  /// - Returns: [], in normalised units of the action or of the noise.
  package func loss(
    _ observation: [String: Tensor], actions: Tensor, isPadding: Tensor?,
    _ pass: Pass
  ) -> Tensor {
    let condition = condition(observation, pass)  // c, [B, G]
    let noise = pass.random.normal(actions.shape, mean: 0, standardDeviation: 1)  // ε
    // t
    let timesteps = pass.random.integers([actions.size(0)], below: config.trainingTimestepCount)
    let noisy = scheduler.noisy(actions, noise: noise, timesteps: timesteps)  // x_t
    let predicted = unet(noisy, timesteps: timesteps, condition: condition)
    let target = config.predictionType == "sample" ? actions : noise  // [B, Tp, A]
    let error = (predicted - target).squared()
    return (isPadding.map { masked(error, isPadding: $0) } ?? error).mean()
  }

  /// [DIFF-mask]
  ///
  /// - Parameters:
  ///   - error: [B, Tp, A].
  ///   - isPadding: [B, Tp].
  /// - Returns: [B, Tp, A].
  func masked(_ error: Tensor, isPadding: Tensor) -> Tensor {
    error * isPadding.negated().expanded(axis: 2)
  }

  /// [DIFF-condition]
  ///
  /// - Parameters:
  ///   - observation: [B, To, …] under each key.
  ///   - pass: draws crops, in training.
  /// - Returns: [B, G].
  func condition(
    _ observation: [String: Tensor], _ pass: Pass
  ) -> Tensor {
    let state = observation.tensor("observation.state")
    var parts = [state]
    if !encoders.isEmpty {
      let cameras = features.cameraKeys.map { observation.tensor($0) }
      parts += pictureFeatures(cameras, steps: [state.size(0), state.size(1)], pass)
    }
    if features.environmentWidth != nil {
      parts.append(observation.tensor("observation.environment_state"))
    }
    return .concatenated(parts, axis: 2).reshaped([state.size(0), -1])
  }

  /// Features of all cameras side by side, [B, To, 2P·N] in one part or in several.
  private func pictureFeatures(
    _ cameras: [Tensor], steps: [Int], _ pass: Pass
  ) -> [Tensor] {
    func encoded(_ pictures: Tensor, by encoder: KeypointEncoder) -> Tensor {
      let flat = pictures.reshaped([-1] + pictures.shape.suffix(3))  // [B·To(·N), 3, H, W]
      return encoder(flat, pass).reshaped(steps + [-1])
    }
    if config.usesEncoderPerCamera {
      return zip(cameras, encoders).map { encoded($0, by: $1) }
    }
    // With a camera axis after the steps, [B, To, N, 3, H, W]; a video of one step lacks the
    // steps' axis (Q-DIFF-8).
    let shaped = cameras.map { $0.reshaped(steps + [1] + $0.shape.suffix(3)) }
    let all = cameras.count == 1 ? shaped[0] : Tensor.concatenated(shaped, axis: 2)
    return [encoded(all, by: encoders[0])]
  }

  /// [DIFF-sample]
  ///
  /// - Parameters:
  ///   - observation: [B, To, …] under each key.
  ///   - pass: draws x_K, and z of every step but the last with DDPM.
  /// - Returns: x₀, [B, Tp, A].
  package func sample(_ observation: [String: Tensor], _ pass: Pass) -> Tensor {
    let condition = condition(observation, pass)  // [B, G]
    let batchSize = condition.size(0)
    var sample = pass.random.normal(  // x_K
      [batchSize, config.horizon, features.actionWidth], mean: 0, standardDeviation: 1)
    for step in scheduler.steps(of: sample) {
      let timesteps = Tensor(
        repeating: Double(step.timestep), shape: [batchSize], dataType: .int64,
        device: sample.device)
      let predicted = unet(sample, timesteps: timesteps, condition: condition)
      sample = scheduler.denoised(sample, predicted: predicted, step, random: pass.random)
    }
    return sample
  }
}

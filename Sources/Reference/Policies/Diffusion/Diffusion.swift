import LeRobotCore

/// ε_θ(x_t, t, c) with the encoders behind c: what is trained, and how actions are sampled from it.
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

  /// [DIFF-loss]  L = 1/(B·Tp·A) · ‖ε − ε_θ(x_t, t, c)‖², with ε ∼ N(0, I) for every action and t
  /// uniform in 0..<K for every sample; or ‖x₀ − x̂₀‖² where the network predicts the actions.
  ///
  /// §II-B, eq. 5; DDPM, algorithm 1. LeRobot `DiffusionModel.compute_loss`, which draws crops,
  /// then ε, then t.
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
  ) -> Variable {
    let condition = condition(observation, pass)  // c, [B, G]
    let noise = pass.random.normal(actions.shape, mean: 0, standardDeviation: 1)  // ε
    // t
    let timesteps = pass.random.integers([actions.size(0)], below: config.trainingTimestepCount)
    let noisy = scheduler.noisy(actions, noise: noise, timesteps: timesteps)  // x_t
    let predicted = unet(Variable(noisy), timesteps: timesteps, condition: condition)
    let target = config.predictionType == "sample" ? actions : noise  // [B, Tp, A]
    let error = (predicted - Variable(target)).squared()
    return (isPadding.map { masked(error, isPadding: $0) } ?? error).mean()
  }

  /// [DIFF-mask]  The error of a padded action, a copy of the episode's last, is 0. It still counts
  /// in the mean's denominator (Q-DIFF-7).
  ///
  /// - Parameters:
  ///   - error: [B, Tp, A].
  ///   - isPadding: [B, Tp].
  /// - Returns: [B, Tp, A].
  func masked(_ error: Variable, isPadding: Tensor) -> Variable {
    error * Variable(isPadding.map { 1 - $0 }.reshaped(isPadding.shape + [1]))
  }

  /// [DIFF-condition]  c = [s₁, p₁, e₁, …, s_To, p_To, e_To]: of each observation the robot's state,
  /// the features of all pictures, camera by camera, and the environment's state.
  ///
  /// §III-A and §III-B. LeRobot `DiffusionModel._prepare_global_conditioning`.
  ///
  /// - Parameters:
  ///   - observation: [B, To, …] under each key.
  ///   - pass: draws crops, in training.
  /// - Returns: [B, G].
  func condition(
    _ observation: [String: Tensor], _ pass: Pass
  ) -> Variable {
    let state = observation.tensor("observation.state")
    var parts = [Variable(state)]
    if !encoders.isEmpty {
      let cameras = features.cameraKeys.map { observation.tensor($0) }
      parts += pictureFeatures(cameras, steps: [state.size(0), state.size(1)], pass)
    }
    if features.environmentWidth != nil {
      parts.append(Variable(observation.tensor("observation.environment_state")))
    }
    return .concatenated(parts, axis: 2).reshaped([state.size(0), -1])
  }

  /// Features of all cameras side by side, [B, To, 2P·N] in one part or in several.
  private func pictureFeatures(
    _ cameras: [Tensor], steps: [Int], _ pass: Pass
  ) -> [Variable] {
    func encoded(_ pictures: Tensor, by encoder: KeypointEncoder) -> Variable {
      let flat = pictures.reshaped([-1] + pictures.shape.suffix(3))  // [B·To(·N), 3, H, W]
      return encoder(Variable(flat), pass).reshaped(steps + [-1])
    }
    if config.usesEncoderPerCamera {
      return zip(cameras, encoders).map { encoded($0, by: $1) }
    }
    // With a camera axis after the steps, [B, To, N, 3, H, W]; a video of one step lacks the
    // steps' axis (Q-DIFF-8).
    let shaped = cameras.map { $0.reshaped(steps + [1] + $0.shape.suffix(3)) }
    return [encoded(.concatenated(shaped, axis: 2), by: encoders[0])]
  }

  /// [DIFF-sample]  x_K ∼ N(0, I); for each step of the reverse process, x_s from x_t and
  /// ε_θ(x_t, t, c).
  ///
  /// §II-A, eq. 1; DDPM, algorithm 2. LeRobot `DiffusionModel.conditional_sample`.
  ///
  /// - Parameters:
  ///   - observation: [B, To, …] under each key.
  ///   - pass: draws x_K, and z of every step but the last with DDPM.
  /// - Returns: x₀, [B, Tp, A].
  package func sample(_ observation: [String: Tensor], _ pass: Pass) -> Tensor {
    let condition = Variable(condition(observation, pass).value)  // c, [B, G]
    let batchSize = condition.size(0)
    var sample = pass.random.normal(  // x_K
      [batchSize, config.horizon, features.actionWidth], mean: 0, standardDeviation: 1)
    for step in scheduler.steps {
      let timesteps = Tensor(repeating: Double(step.timestep), shape: [batchSize])
      let predicted = unet(Variable(sample), timesteps: timesteps, condition: condition).value
      sample = scheduler.denoised(sample, predicted: predicted, step, random: pass.random)
    }
    return sample
  }
}

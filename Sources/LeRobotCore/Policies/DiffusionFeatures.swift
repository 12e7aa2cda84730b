/// Which inputs a Diffusion Policy reads and how wide they are, and that it can be built at all.
///
/// Both engines build from this, so that both refuse the same configurations in the same words,
/// before anything is computed.
package struct DiffusionFeatures: Sendable, Equatable {
  /// Ds, width of `observation.state`.
  package let stateWidth: Int
  /// De, width of `observation.environment_state`, where there is one.
  package let environmentWidth: Int?
  /// Names of the cameras, in the order of the configuration's inputs.
  package let cameraKeys: [String]
  /// Height and width of the pictures that reach the backbone, cropped.
  package let pictureSize: ImageSize?
  /// A, width of `action`.
  package let actionWidth: Int
  /// The shape of the noise's variances.
  package let betaSchedule: BetaSchedule
  /// Steps of the reverse process.
  package let inferenceStepCount: Int

  /// What a policy reads of an observation.
  package var observationKeys: [String] {
    ["observation.state"] + cameraKeys
      + (environmentWidth == nil ? [] : ["observation.environment_state"])
  }

  /// What it reads of a batch.
  package func batchKeys(_ config: DiffusionConfig) -> [String] {
    observationKeys + ["action"] + (config.masksPaddingLoss ? ["action_is_pad"] : [])
  }

  /// - Throws: `PolicyConfigError` for a configuration no Diffusion Policy can be built from.
  package init(_ config: DiffusionConfig) throws(PolicyConfigError) {
    guard let state = config.common.robotStateFeature?.shape.first else {
      throw .noRobotState(DiffusionConfig.policyType)
    }
    guard let action = config.common.outputFeatures["action"]?.shape.first else { throw .noAction }
    stateWidth = state
    actionWidth = action
    environmentWidth = config.common.environmentStateFeature?.shape.first
    let pictures = config.common.imageFeatures
    cameraKeys = Array(pictures.keys)
    guard !pictures.isEmpty || environmentWidth != nil else {
      throw .noCameraOrEnvironmentState(DiffusionConfig.policyType)
    }
    pictureSize = try pictures.values.first.map { feature throws(PolicyConfigError) in
      try config.pictureSize(of: feature.shape)
    }
    betaSchedule = try Self.betaSchedule(config)
    inferenceStepCount = config.inferenceStepCount ?? config.trainingTimestepCount
    guard config.trainingTimestepCount > 0 else {
      throw .tooSmall("num_train_timesteps", config.trainingTimestepCount)
    }
    guard (1...config.trainingTimestepCount).contains(inferenceStepCount) else {
      throw .inferenceSteps(inferenceStepCount, trainingTimesteps: config.trainingTimestepCount)
    }
    guard !config.clipsSample || config.clipRange > 0 else {
      throw .emptyClipRange(config.clipRange)
    }
    try Self.checkUNet(config)
    try Self.checkWindow(config)
  }

  /// G, the width of the observation that conditions the U-Net: of each step the state, two
  /// coordinates of each camera's keypoints, and the environment's state.
  package func conditionWidth(_ config: DiffusionConfig) -> Int {
    let pictures = 2 * config.keypointCount * cameraKeys.count
    return config.observationStepCount * (stateWidth + pictures + (environmentWidth ?? 0))
  }

  private static func betaSchedule(
    _ config: DiffusionConfig
  ) throws(PolicyConfigError) -> BetaSchedule {
    let known = BetaSchedule.known(to: config.noiseScheduler)
    guard let schedule = BetaSchedule(rawValue: config.betaSchedule), known.contains(schedule)
    else {
      throw .unknownBetaSchedule(
        config.betaSchedule, scheduler: config.noiseScheduler, known: known.map(\.rawValue))
    }
    return schedule
  }

  private static func checkUNet(_ config: DiffusionConfig) throws(PolicyConfigError) {
    guard let first = config.downWidths.first else { throw .tooSmall("down_dims", 0) }
    guard config.groupCount > 0 else { throw .tooSmall("n_groups", config.groupCount) }
    for width in config.downWidths where width <= 0 || width % config.groupCount != 0 {
      throw .indivisibleWidth(width, groups: config.groupCount)
    }
    // The last block has 8 groups, whatever n_groups says (Q-DIFF-2).
    guard first % 8 == 0 else { throw .indivisibleWidth(first, groups: 8) }
    guard config.kernelSize > 0, config.kernelSize % 2 == 1 else {
      throw .evenKernel(config.kernelSize)
    }
    guard config.stepEmbeddingWidth >= 4, config.stepEmbeddingWidth % 2 == 0 else {
      throw .unusableEmbedding(config.stepEmbeddingWidth)
    }
  }

  private static func checkWindow(_ config: DiffusionConfig) throws(PolicyConfigError) {
    guard config.observationStepCount > 0 else {
      throw .tooSmall("n_obs_steps", config.observationStepCount)
    }
    guard config.actionStepCount > 0 else {
      throw .tooSmall("n_action_steps", config.actionStepCount)
    }
    if let dropped = config.droppedLastFrameCount, dropped < 0 {
      throw .tooSmall("drop_n_last_frames", dropped, least: 0)
    }
    guard config.observationStepCount <= config.horizon else {
      throw .horizonTooShort(horizon: config.horizon, observations: config.observationStepCount)
    }
  }
}

/// What only Diffusion Policy is refused for.
extension PolicyConfigError {
  /// The noise scheduler has no such schedule.
  package static func unknownBetaSchedule(
    _ name: String, scheduler: String, known: [String]
  ) -> PolicyConfigError {
    PolicyConfigError(
      "beta_schedule",
      "\(scheduler) knows \(known.joined(separator: ", ")), not \(name); choose one of them")
  }

  /// Inference takes more steps than there are, or none.
  package static func inferenceSteps(
    _ count: Int, trainingTimesteps: Int
  ) -> PolicyConfigError {
    PolicyConfigError(
      "num_inference_steps",
      "\(count) is not in 1…\(trainingTimesteps), the num_train_timesteps; change one of them")
  }

  /// A width of the U-Net does not divide into the groups of its norms.
  package static func indivisibleWidth(_ width: Int, groups: Int) -> PolicyConfigError {
    PolicyConfigError(
      "down_dims",
      "\(width) is no multiple of \(groups) groups; change it or n_groups"
        + (groups == 8 ? " (the first width needs 8)" : ""))
  }

  /// An even kernel would change the horizon.
  package static func evenKernel(_ size: Int) -> PolicyConfigError {
    PolicyConfigError(
      "kernel_size", "\(size) would change the horizon; use an odd number")
  }

  /// The embedding of the diffusion step does not divide into sines and cosines.
  package static func unusableEmbedding(_ width: Int) -> PolicyConfigError {
    PolicyConfigError(
      "diffusion_step_embed_dim", "\(width) is no even number of 4 or more; use one")
  }

  /// The range that samples are clipped to is empty.
  package static func emptyClipRange(_ range: Double) -> PolicyConfigError {
    PolicyConfigError("clip_sample_range", "\(range) leaves no samples; use more than 0")
  }

  /// The horizon ends before the present step.
  package static func horizonTooShort(horizon: Int, observations: Int) -> PolicyConfigError {
    PolicyConfigError(
      "horizon",
      "\(horizon) actions end before the present step, the last of \(observations) n_obs_steps; "
        + "raise horizon or lower n_obs_steps")
  }
}

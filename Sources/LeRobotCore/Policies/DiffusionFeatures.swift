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

  /// - Throws: `DiffusionConfigError` for a configuration no Diffusion Policy can be built from.
  package init(_ config: DiffusionConfig) throws(DiffusionConfigError) {
    guard let state = config.common.robotStateFeature?.shape.first else { throw .noState }
    guard let action = config.common.outputFeatures["action"]?.shape.first else { throw .noAction }
    stateWidth = state
    actionWidth = action
    environmentWidth = config.common.environmentStateFeature?.shape.first
    let pictures = config.common.imageFeatures
    cameraKeys = Array(pictures.keys)
    guard !pictures.isEmpty || environmentWidth != nil else { throw .nothingToSee }
    pictureSize = try pictures.values.first.map { feature throws(DiffusionConfigError) in
      try Self.pictureSize(config, of: feature.shape)
    }
    betaSchedule = try Self.betaSchedule(config)
    inferenceStepCount = config.inferenceStepCount ?? config.trainingTimestepCount
    guard config.trainingTimestepCount > 0 else {
      throw .notPositive("num_train_timesteps", config.trainingTimestepCount)
    }
    guard (1...config.trainingTimestepCount).contains(inferenceStepCount) else {
      throw .inferenceSteps(inferenceStepCount, trainingTimesteps: config.trainingTimestepCount)
    }
    guard !config.clipsSample || config.clipRange > 0 else {
      throw .nothingInside(config.clipRange)
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

  private static func pictureSize(
    _ config: DiffusionConfig, of shape: [Int]
  ) throws(DiffusionConfigError) -> ImageSize {
    let known = ["resnet18", "resnet34", "resnet50", "resnet101", "resnet152"]
    guard known.contains(config.visionBackbone) else {
      throw .unknownBackbone(config.visionBackbone, known: known)
    }
    guard shape.count == 3, shape[0] == 3 else { throw .notColour(shape) }
    guard config.pretrainedBackboneWeights == nil || !config.usesGroupNorm else {
      throw .pretrainedGroupNorm
    }
    guard config.keypointCount > 0 else {
      throw .notPositive("spatial_softmax_num_keypoints", config.keypointCount)
    }
    let size = config.cropShape ?? ImageSize(height: shape[1], width: shape[2])
    let smallest = min(size.height, size.width)
    guard smallest > 0 else { throw .notPositive("crop_shape", smallest) }
    // Batch norm has no variance over the one pixel that 32×32 pixels become.
    guard config.usesGroupNorm || max(size.height, size.width) > 32 else { throw .onePixel(size) }
    return size
  }

  private static func betaSchedule(
    _ config: DiffusionConfig
  ) throws(DiffusionConfigError) -> BetaSchedule {
    let known = BetaSchedule.known(to: config.noiseScheduler)
    guard let schedule = BetaSchedule(rawValue: config.betaSchedule), known.contains(schedule)
    else {
      throw .unknownBetaSchedule(
        config.betaSchedule, scheduler: config.noiseScheduler, known: known.map(\.rawValue))
    }
    return schedule
  }

  private static func checkUNet(_ config: DiffusionConfig) throws(DiffusionConfigError) {
    guard let first = config.downWidths.first else { throw .notPositive("down_dims", 0) }
    guard config.groupCount > 0 else { throw .notPositive("n_groups", config.groupCount) }
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

  private static func checkWindow(_ config: DiffusionConfig) throws(DiffusionConfigError) {
    guard config.observationStepCount > 0 else {
      throw .notPositive("n_obs_steps", config.observationStepCount)
    }
    guard config.actionStepCount > 0 else {
      throw .notPositive("n_action_steps", config.actionStepCount)
    }
    if let dropped = config.droppedLastFrameCount, dropped < 0 { throw .negativeDrop(dropped) }
    guard config.observationStepCount <= config.horizon else {
      throw .nothingToDo(horizon: config.horizon, observations: config.observationStepCount)
    }
  }
}

/// Why no Diffusion Policy can be built from a configuration.
package enum DiffusionConfigError: Error, Equatable {
  /// The dataset has no `observation.state`.
  case noState
  /// The dataset has no `action`.
  case noAction
  /// Neither a camera nor the environment's state is among the inputs.
  case nothingToSee
  case unknownBackbone(String, known: [String])
  /// A camera's pictures are not [3, H, W].
  case notColour([Int])
  /// Pretrained weights are for batch norms.
  case pretrainedGroupNorm
  /// Batch norms over pictures that shrink to one pixel.
  case onePixel(ImageSize)
  case unknownBetaSchedule(String, scheduler: String, known: [String])
  case inferenceSteps(Int, trainingTimesteps: Int)
  case indivisibleWidth(Int, groups: Int)
  case evenKernel(Int)
  case unusableEmbedding(Int)
  case notPositive(String, Int)
  /// The range that samples are clipped to.
  case nothingInside(Double)
  /// Frames after an episode's last.
  case negativeDrop(Int)
  /// The horizon ends before the present step.
  case nothingToDo(horizon: Int, observations: Int)
}

extension DiffusionConfigError: CustomStringConvertible {
  package var description: String {
    switch self {
    case .noState:
      "policy.input_features: diffusion needs observation.state; add one to the dataset"
    case .noAction:
      "policy.output_features: the dataset has no `action` to learn; add one"
    case .nothingToSee:
      "policy.input_features: diffusion needs a camera or observation.environment_state; "
        + "add one to the dataset"
    case .unknownBackbone(let name, let known):
      "policy.vision_backbone: \(name) is none of \(known.joined(separator: ", ")); choose one"
    case .notColour(let shape):
      "policy.input_features: pictures of shape \(shape) are not [3, height, width]; "
        + "use colour pictures"
    case .pretrainedGroupNorm:
      "policy.pretrained_backbone_weights: they are for batch norms; set use_group_norm to false"
    case .onePixel(let size):
      "policy.use_group_norm: batch norms need pictures of more than 32 pixels, not "
        + "\(size.height)×\(size.width); raise crop_shape or set use_group_norm to true"
    case .unknownBetaSchedule(let name, let scheduler, let known):
      "policy.beta_schedule: \(scheduler) knows \(known.joined(separator: ", ")), not \(name); "
        + "choose one of them"
    case .inferenceSteps(let count, let timesteps):
      "policy.num_inference_steps: \(count) is not in 1…\(timesteps), the num_train_timesteps; "
        + "change one of them"
    case .indivisibleWidth(let width, let groups):
      "policy.down_dims: \(width) is no multiple of \(groups) groups; change it or n_groups"
        + (groups == 8 ? " (the first width needs 8)" : "")
    case .evenKernel(let size):
      "policy.kernel_size: \(size) would change the horizon; use an odd number"
    case .unusableEmbedding(let width):
      "policy.diffusion_step_embed_dim: \(width) is no even number of 4 or more; use one"
    case .notPositive(let key, let value):
      "policy.\(key): \(value) is too small; use 1 or more"
    case .nothingInside(let range):
      "policy.clip_sample_range: \(range) leaves no samples; use more than 0"
    case .negativeDrop(let count):
      "policy.drop_n_last_frames: \(count) is too small; use 0 or more"
    case .nothingToDo(let horizon, let observations):
      "policy.horizon: \(horizon) actions end before the present step, the last of "
        + "\(observations) n_obs_steps; raise horizon or lower n_obs_steps"
    }
  }
}

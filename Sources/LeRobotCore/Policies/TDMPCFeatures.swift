/// Which inputs a TD-MPC reads and how wide they are, and that it can be built at all.
///
/// Both engines build from this, so that both refuse the same configurations in the same words,
/// before anything is computed.
package struct TDMPCFeatures: Sendable, Equatable {
  /// Ds, width of `observation.state`.
  package let stateWidth: Int
  /// De, width of `observation.environment_state`, where there is one.
  package let environmentWidth: Int?
  /// The camera, where there is one.
  package let camera: Camera?
  /// A, width of `action`.
  package let actionWidth: Int
  /// Pixels by which a training picture is shifted at most; nil where none is drawn.
  package let shift: Int?
  /// Whether the encoder sees what is shifted (Q-TDMPC-1).
  package let seesShift: Bool

  /// A camera and the shape [C, S, S] of its pictures.
  package struct Camera: Sendable, Equatable {
    package let key: String
    package let shape: [Int]
  }

  /// What a policy reads of an observation.
  package var observationKeys: [String] {
    (camera.map { [$0.key] } ?? []) + ["observation.state"]
      + (environmentWidth == nil ? [] : ["observation.environment_state"])
  }

  /// What it reads of a batch.
  package var batchKeys: [String] {
    observationKeys + [
      "action", "next.reward", "observation.state_is_pad", "action_is_pad", "next.reward_is_pad",
    ]
  }

  /// How many numbers the four convolutions make of a picture.
  ///
  /// - Parameter channels: of each convolution.
  package func pictureFeatureCount(channels: Int) -> Int {
    let side = Self.featureMapSide(camera?.shape.last ?? 0)
    return channels * side * side
  }

  /// - Throws: `PolicyConfigError` for a configuration no TD-MPC can be built from.
  package init(_ config: TDMPCConfig) throws(PolicyConfigError) {
    guard let action = config.common.outputFeatures["action"]?.shape.first else { throw .noAction }
    guard let state = config.common.robotStateFeature?.shape.first else {
      throw .noRobotState(TDMPCConfig.policyType)
    }
    (actionWidth, stateWidth) = (action, state)
    environmentWidth = config.common.environmentStateFeature?.shape.first
    camera = try config.common.imageFeatures.elements.first.map {
      feature throws(PolicyConfigError) in
      Camera(key: feature.key, shape: try Self.pictureShape(feature.value.shape))
    }
    guard camera != nil || environmentWidth != nil else {
      throw .noCameraOrEnvironmentState(TDMPCConfig.policyType)
    }
    shift = try Self.shift(config, side: camera?.shape.last)
    seesShift = camera?.key == TDMPCConfig.shiftedCamera
    try Self.checkSizes(config, hasCamera: camera != nil)
    try Self.checkPlanner(config)
  }

  private static func pictureShape(_ shape: [Int]) throws(PolicyConfigError) -> [Int] {
    guard shape.count == 3, shape[0] > 0, shape[1] == shape[2], featureMapSide(shape[2]) > 0 else {
      throw .unusablePictures(shape)
    }
    return shape
  }

  /// Pixels a side after convolutions of 7, 5, 3 and 3 taps, each two pixels apart.
  private static func featureMapSide(_ side: Int) -> Int {
    [7, 5, 3, 3].reduce(side) { side, taps in side < taps ? 0 : (side - taps) / 2 + 1 }
  }

  /// The part of a picture's size, rounded as Python rounds: half to even.
  private static func shift(
    _ config: TDMPCConfig, side: Int?
  ) throws(PolicyConfigError) -> Int? {
    let ratio = config.maximumShiftRatio
    guard ratio.isFinite, ratio < 1000 else { throw .unusableShift(ratio) }
    guard let side, ratio > 0 else { return nil }
    return Int((ratio * Double(side)).rounded(.toNearestOrEven))
  }

  private static func checkSizes(
    _ config: TDMPCConfig, hasCamera: Bool
  ) throws(PolicyConfigError) {
    for (key, value, least) in [
      ("horizon", config.horizon, 1), ("latent_dim", config.latentWidth, 1),
      ("mlp_dim", config.mlpWidth, 1), ("state_encoder_hidden_dim", config.stateEncoderWidth, 1),
      ("image_encoder_hidden_dim", config.imageEncoderWidth, hasCamera ? 1 : .min),
      ("q_ensemble_size", config.ensembleSize, 1), ("n_action_steps", config.actionStepCount, 1),
    ] where value < least {
      throw .tooSmall(key, value, least: least)
    }
  }

  /// What would fail when the first action is planned (Q-TDMPC-4, Q-TDMPC-7).
  private static func checkPlanner(_ config: TDMPCConfig) throws(PolicyConfigError) {
    guard config.usesPlanning else { return }
    for (key, value, least) in [
      ("cem_iterations", config.planningIterationCount, 1), ("n_elites", config.eliteCount, 1),
      ("n_pi_samples", config.policySampleCount, 0),
    ] where value < least {
      throw .tooSmall(key, value, least: least)
    }
    let candidates = config.gaussianSampleCount + config.policySampleCount
    guard config.eliteCount <= candidates else {
      throw .moreElitesThanCandidates(config.eliteCount, candidates: candidates)
    }
    guard config.minimumDeviation <= config.maximumDeviation else {
      throw .emptyDeviationRange(config.minimumDeviation, config.maximumDeviation)
    }
    guard config.ensembleSize > 1 || !(config.uncertaintyCoefficient > 0) else {
      throw .uncertaintyOfOne
    }
  }
}

/// What only TD-MPC is refused for.
extension PolicyConfigError {
  /// The encoder's convolutions have no padding.
  package static func unusablePictures(_ shape: [Int]) -> PolicyConfigError {
    PolicyConfigError(
      "input_features",
      "tdmpc needs square pictures of 39 pixels a side or more, and these are \(shape); use others")
  }

  /// The shift is no part of a picture.
  package static func unusableShift(_ ratio: Double) -> PolicyConfigError {
    PolicyConfigError(
      "max_random_shift_ratio", "\(ratio) is no part of a picture's size; use 0 to 1")
  }

  /// The planner would keep more candidates than it has.
  package static func moreElitesThanCandidates(
    _ count: Int, candidates: Int
  ) -> PolicyConfigError {
    PolicyConfigError(
      "n_elites",
      "\(count) is more than the \(candidates) of n_gaussian_samples and n_pi_samples; lower it")
  }

  /// No deviation lies between the bounds.
  package static func emptyDeviationRange(_ low: Double, _ high: Double) -> PolicyConfigError {
    PolicyConfigError(
      "min_std", "\(low) is no deviation up to max_std (\(high)); lower it or raise max_std")
  }

  /// One Q has no deviation: every value would be NaN, and the plan any candidate.
  package static let uncertaintyOfOne = PolicyConfigError(
    "q_ensemble_size",
    "one Q tells no uncertainty; raise it, or set uncertainty_regularizer_coeff to 0")
}

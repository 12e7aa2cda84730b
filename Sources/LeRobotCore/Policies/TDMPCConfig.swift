import OrderedCollections

/// Configuration of TD-MPC with FOWM's changes (LeRobot `configuration_tdmpc.py`).
///
/// What each property means stands in `fields`.
package struct TDMPCConfig: ConfigRecord {
  package static let policyType = "tdmpc"
  package var common = PolicyCommon()

  package var observationStepCount = 1
  package var actionRepeatCount = 2
  package var horizon = 5
  package var actionStepCount = 1
  package var normalization: OrderedDictionary<String, NormalizationMode> = [
    "VISUAL": .identity, "STATE": .identity, "ENV": .identity, "ACTION": .minMax,
  ]
  package var imageEncoderWidth = 32
  package var stateEncoderWidth = 256
  package var latentWidth = 50
  package var ensembleSize = 5
  package var mlpWidth = 512
  package var discount = 0.9
  package var usesPlanning = true
  package var planningIterationCount = 6
  package var maximumDeviation = 2.0
  package var minimumDeviation = 0.05
  package var gaussianSampleCount = 512
  package var policySampleCount = 51
  package var uncertaintyCoefficient = 1.0
  package var eliteCount = 50
  package var eliteTemperature = 0.5
  package var meanMomentum = 0.1
  package var maximumShiftRatio = 0.0476
  package var rewardCoefficient = 0.5
  package var expectileWeight = 0.9
  package var valueCoefficient = 0.1
  package var consistencyCoefficient = 20.0
  package var advantageScaling = 3.0
  package var policyCoefficient = 0.5
  package var temporalDecay = 0.5
  package var targetMomentum = 0.995
  package var learningRate = 0.0003

  /// The only camera whose pictures LeRobot shifts (Q-TDMPC-1).
  package static let shiftedCamera = "observation.image"

  package init() {}

  package static let fields: [Field<Self>] =
    [
      Field(
        "n_obs_steps", \.observationStepCount,
        "Observations the policy sees at once; TD-MPC takes one.")
    ] + commonFields + [
      Field(
        "n_action_repeats", \.actionRepeatCount, "How often each planned action is carried out."),
      Field("horizon", \.horizon, "Steps the planner looks ahead."),
      Field(
        "n_action_steps", \.actionStepCount,
        "Planned actions carried out before planning again."),
      Field("normalization_mapping", \.normalization, "How each kind of feature is scaled."),
      Field("image_encoder_hidden_dim", \.imageEncoderWidth, "Channels of the image encoder."),
      Field("state_encoder_hidden_dim", \.stateEncoderWidth, "Hidden width of the state encoder."),
      Field("latent_dim", \.latentWidth, "Width of the latent state."),
      Field("q_ensemble_size", \.ensembleSize, "Number of Q functions."),
      Field("mlp_dim", \.mlpWidth, "Hidden width of the networks over the latent state."),
      Field("discount", \.discount, "Discount of future rewards."),
      Field(
        "use_mpc", \.usesPlanning,
        "Plans with the world model; otherwise the policy acts by itself."),
      Field("cem_iterations", \.planningIterationCount, "Iterations of the cross-entropy method."),
      Field("max_std", \.maximumDeviation, "Largest standard deviation of sampled actions."),
      Field("min_std", \.minimumDeviation, "Smallest standard deviation of sampled actions."),
      Field("n_gaussian_samples", \.gaussianSampleCount, "Action sequences sampled per iteration."),
      Field("n_pi_samples", \.policySampleCount, "Action sequences taken from the policy."),
      Field(
        "uncertainty_regularizer_coeff", \.uncertaintyCoefficient,
        "Weight of the ensemble's disagreement."),
      Field("n_elites", \.eliteCount, "Samples that refit the distribution."),
      Field(
        "elite_weighting_temperature", \.eliteTemperature, "Temperature of the elites' weights."),
      Field("gaussian_mean_momentum", \.meanMomentum, "Momentum of the distribution's mean."),
      Field(
        "max_random_shift_ratio", \.maximumShiftRatio,
        "Largest random shift of images, as a part of their size."),
      Field("reward_coeff", \.rewardCoefficient, "Weight of the reward loss."),
      Field("expectile_weight", \.expectileWeight, "Expectile of the value loss."),
      Field("value_coeff", \.valueCoefficient, "Weight of the value losses."),
      Field(
        "consistency_coeff", \.consistencyCoefficient, "Weight of the latent consistency loss."),
      Field(
        "advantage_scaling", \.advantageScaling, "Factor on advantages before the exponential."),
      Field("pi_coeff", \.policyCoefficient, "Weight of the policy loss."),
      Field("temporal_decay_coeff", \.temporalDecay, "Decay of the losses over the horizon."),
      Field("target_model_momentum", \.targetMomentum, "Momentum of the target networks."),
      Field("optimizer_lr", \.learningRate, "Learning rate of the preset optimizer."),
    ]
}

extension TDMPCConfig: PolicyConfiguration {
  package var problems: [FieldProblem] {
    var problems: [FieldProblem] = []
    if gaussianSampleCount <= 0 {
      problems.append(
        FieldProblem("n_gaussian_samples", "\(gaussianSampleCount) is not positive; raise it"))
    }
    if normalization["ACTION"] != .minMax {
      problems.append(
        FieldProblem(
          "normalization_mapping", "TD-MPC needs actions in [-1, 1]; give ACTION MIN_MAX"))
    }
    if observationStepCount != 1 {
      problems.append(
        FieldProblem("n_obs_steps", PolicyChecks.oneObservation(observationStepCount)))
    }
    return problems + severalActionProblems
  }

  /// What carrying out several planned actions asks for.
  private var severalActionProblems: [FieldProblem] {
    guard actionStepCount > 1 else { return [] }
    var problems: [FieldProblem] = []
    if actionRepeatCount != 1 {
      problems.append(
        FieldProblem(
          "n_action_repeats",
          "\(actionRepeatCount) does not go with n_action_steps above 1; set it to 1"))
    }
    if !usesPlanning {
      problems.append(
        FieldProblem("use_mpc", "false does not go with n_action_steps above 1; set it to true"))
    }
    if actionStepCount > horizon {
      problems.append(
        FieldProblem(
          "n_action_steps", "\(actionStepCount) is more than horizon (\(horizon)); lower it"))
    }
    return problems
  }

  package var optimizerPreset: OptimizerConfig {
    var options = AdamOptions(weightDecay: 0)
    options.learningRate = learningRate
    return .adam(options)
  }

  package var observationDeltaIndices: [Int]? { Array(0...max(horizon, 0)) }
  package var actionDeltaIndices: [Int]? { Array(0..<max(horizon, 0)) }
  package var rewardDeltaIndices: [Int]? { Array(0..<max(horizon, 0)) }

  package mutating func completeFeatures() -> [FieldProblem] {
    let images = common.imageFeatures
    guard images.count <= 1 else {
      return [
        FieldProblem(
          "input_features", "TD-MPC takes at most one camera, and there are \(images.count)")
      ]
    }
    guard let shape = images.values.first?.shape.suffix(2), shape.first != shape.last else {
      return []
    }
    return [FieldProblem("input_features", "TD-MPC takes square images, and these are \(shape)")]
  }

  package func checkFeatures() throws(PolicyConfigError) { _ = try TDMPCFeatures(self) }

  /// A camera that LeRobot does not shift.
  package var featureWarning: String? {
    guard maximumShiftRatio > 0, let camera = common.imageFeatures.keys.first,
      camera != Self.shiftedCamera
    else { return nil }
    return "policy.max_random_shift_ratio has no effect: like LeRobot, TD-MPC shifts only "
      + "\(Self.shiftedCamera), and this camera is \(camera); give "
      + "--rename_map='{\"\(camera)\": \"\(Self.shiftedCamera)\"}'"
  }

  package var unusedFields: [UnusedFields] {
    usesPlanning
      ? []
      : [
        UnusedFields(
          [
            "cem_iterations", "max_std", "min_std", "n_gaussian_samples", "n_pi_samples",
            "uncertainty_regularizer_coeff", "n_elites", "elite_weighting_temperature",
            "gaussian_mean_momentum",
          ], reason: "the policy acts without planning", remedy: "give --policy.use_mpc=true")
      ]
  }

  package var pretrainedParts: [PretrainedPart] { [] }

  package func makeProcessors(_ context: ProcessorContext) -> PolicyProcessors {
    .standard(for: self, context)
  }
}

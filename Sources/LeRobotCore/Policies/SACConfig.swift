import OrderedCollections

/// Configuration of Soft Actor-Critic (LeRobot `configuration_sac.py`).
///
/// What each property means stands in `fields`.
package struct SACConfig: ConfigRecord {
  package static let policyType = "sac"
  package var common = PolicyCommon()

  package var observationStepCount = 1
  package var normalization: OrderedDictionary<String, NormalizationMode> = [
    "VISUAL": .meanStd, "STATE": .minMax, "ENV": .minMax, "ACTION": .minMax,
  ]
  package var datasetStatistics: OrderedDictionary<String, OrderedDictionary<String, [Double]>>? =
    defaultStatistics
  package var storageDevice = "cpu"
  package var visionEncoderName: String?
  package var freezesVisionEncoder = true
  package var imageEncoderWidth = 32
  package var sharesEncoder = true
  package var discreteActionCount: Int?
  package var imagePoolingWidth = 8
  package var onlineSteps = 1_000_000
  package var onlineBufferCapacity = 100_000
  package var offlineBufferCapacity = 100_000
  package var prefetchesAsynchronously = false
  package var stepsBeforeLearning = 100
  package var policyUpdateInterval = 1
  package var discount = 0.99
  package var initialTemperature = 1.0
  package var criticCount = 2
  package var subsampledCriticCount: Int?
  package var criticLearningRate = 0.0003
  package var actorLearningRate = 0.0003
  package var temperatureLearningRate = 0.0003
  package var targetUpdateWeight = 0.005
  package var updateToDataRatio = 1
  package var stateEncoderWidth = 256
  package var latentWidth = 256
  package var targetEntropy: Double?
  package var usesBackupEntropy = true
  package var gradientClipNorm = 40.0
  package var criticNetwork = SACCriticNetwork()
  package var actorNetwork = SACActorNetwork()
  package var policyHead = SACPolicyHead()
  package var discreteCriticNetwork = SACCriticNetwork()
  package var actorLearner = SACActorLearner()
  package var concurrency = SACConcurrency()
  package var usesCompile = true

  package init() {
    common.device = "cpu"
  }

  package static let fields: [Field<Self>] =
    [
      Field("n_obs_steps", \.observationStepCount, "Observations the policy sees at once.")
    ] + commonFieldsWithDevice + [
      Field("normalization_mapping", \.normalization, "How each kind of feature is scaled."),
      Field("dataset_stats", \.datasetStatistics, "Statistics that features are scaled with."),
      Field("storage_device", \.storageDevice, "Device of the replay buffer."),
      Field("vision_encoder_name", \.visionEncoderName, "Hub id of a pretrained image encoder."),
      Field("freeze_vision_encoder", \.freezesVisionEncoder, "Keeps the image encoder as it is."),
      Field("image_encoder_hidden_dim", \.imageEncoderWidth, "Hidden width of the image encoder."),
      Field("shared_encoder", \.sharesEncoder, "Shares the encoder between actor and critic."),
      Field(
        "num_discrete_actions", \.discreteActionCount,
        "Number of discrete actions, such as a gripper's."),
      Field(
        "image_embedding_pooling_dim", \.imagePoolingWidth,
        "Width of the image embedding's pooling."),
      Field("online_steps", \.onlineSteps, "Steps of online training."),
      Field(
        "online_buffer_capacity", \.onlineBufferCapacity, "Transitions the online buffer holds."),
      Field(
        "offline_buffer_capacity", \.offlineBufferCapacity,
        "Transitions the offline buffer holds."),
      Field("async_prefetch", \.prefetchesAsynchronously, "Prefetches from the buffers."),
      Field("online_step_before_learning", \.stepsBeforeLearning, "Steps before learning starts."),
      Field("policy_update_freq", \.policyUpdateInterval, "Steps between updates of the policy."),
      Field("discount", \.discount, "Discount of future rewards."),
      Field("temperature_init", \.initialTemperature, "Temperature at the start."),
      Field("num_critics", \.criticCount, "Critics of the ensemble."),
      Field("num_subsample_critics", \.subsampledCriticCount, "Critics drawn for each target."),
      Field("critic_lr", \.criticLearningRate, "Learning rate of the critics."),
      Field("actor_lr", \.actorLearningRate, "Learning rate of the actor."),
      Field("temperature_lr", \.temperatureLearningRate, "Learning rate of the temperature."),
      Field(
        "critic_target_update_weight", \.targetUpdateWeight,
        "Weight of the critics in their targets' update."),
      Field("utd_ratio", \.updateToDataRatio, "Updates per transition."),
      Field("state_encoder_hidden_dim", \.stateEncoderWidth, "Hidden width of the state encoder."),
      Field("latent_dim", \.latentWidth, "Width of the latent state."),
      Field("target_entropy", \.targetEntropy, "Entropy the temperature aims at."),
      Field(
        "use_backup_entropy", \.usesBackupEntropy, "Puts the entropy into the critics' targets."),
      Field("grad_clip_norm", \.gradientClipNorm, "Bound on the gradient's norm."),
      Field("critic_network_kwargs", \.criticNetwork, "Critic networks."),
      Field("actor_network_kwargs", \.actorNetwork, "Actor network."),
      Field("policy_kwargs", \.policyHead, "Head of the actor."),
      Field(
        "discrete_critic_network_kwargs", \.discreteCriticNetwork,
        "Network of the discrete critic."),
      Field("actor_learner_config", \.actorLearner, "How actor and learner talk."),
      Field("concurrency", \.concurrency, "Threads or processes."),
      Field("use_torch_compile", \.usesCompile, "Compiles the networks."),
    ]
}

extension SACConfig: PolicyConfiguration {
  package var optimizerPreset: OptimizerConfig {
    var options = MultiAdamOptions()
    options.groups = [
      "actor": ["lr": .double(actorLearningRate)],
      "critic": ["lr": .double(criticLearningRate)],
      "temperature": ["lr": .double(temperatureLearningRate)],
    ]
    return .multiAdam(options)
  }

  package var actionDeltaIndices: [Int]? { nil }

  package mutating func completeFeatures() -> [FieldProblem] {
    var problems: [FieldProblem] = []
    let inputs = common.inputFeatures.keys
    if !inputs.contains(where: { $0 == "observation.state" || $0.hasPrefix("observation.image") }) {
      problems.append(FieldProblem("input_features", "SAC needs observation.state or a camera"))
    }
    if common.outputFeatures["action"] == nil {
      problems.append(FieldProblem("output_features", "SAC needs action"))
    }
    return problems
  }

  package var pretrainedParts: [PretrainedPart] {
    visionEncoderName.map { [PretrainedPart(option: "vision_encoder_name", source: .hub($0))] }
      ?? []
  }

  package func makeProcessors(_ context: ProcessorContext) -> PolicyProcessors {
    .standard(for: self, context)
  }

  private static let defaultStatistics:
    OrderedDictionary<String, OrderedDictionary<String, [Double]>> = [
      "observation.image": ["mean": [0.485, 0.456, 0.406], "std": [0.229, 0.224, 0.225]],
      "observation.state": ["min": [0, 0], "max": [1, 1]],
      "action": ["min": [0, 0, 0], "max": [1, 1, 1]],
    ]
}

import LeRobotCore
import LeRobotData
import LeRobotEnvs

/// What a run takes from outside: dataset, environments, checkpoint. Opened and held against each
/// other before libtorch is loaded, so that whatever does not fit is reported at once.
struct RunInputs {
  let frames: LeRobotDataset
  /// What a run knows of the dataset apart from its frames.
  let dataset: DatasetSummary
  /// Random changes of camera images; nil where they are off.
  let transforms: ImageTransforms?
  /// The environments of the evaluation; nil where nothing is evaluated.
  let suite: EvaluationSuite?
  /// The policy that is fine-tuned; nil for any other run.
  let tuning: FineTuning?
  /// The run's policy with the features it trains on.
  let policy: PolicyConfig
  /// Weights and processors to take over: of a policy to fine-tune, or of a run to resume.
  let checkpoint: Checkpoint?
  /// The files that processors need besides their configuration.
  let resources: ResourceStore
  /// Where a resumed run stood.
  let state: TrainingState?

  /// Opens everything in LeRobot's order and says so before it is opened.
  init(_ request: RunRequest, _ events: RunEvents) throws {
    let config = request.config
    events.send(.preparing(.dataset))
    frames = try Self.openDataset(request)
    dataset = frames.summary(name: config.dataset.repositoryID)
    for warning in frames.contents.warnings { events.warning(warning) }
    let images = config.dataset.imageTransforms
    transforms = images.enable ? try ImageTransforms(config: images) : nil
    if let environment = config.evaluatedEnvironment {
      events.send(.preparing(.environment))
      suite = try EvaluationSuite(environment, count: config.evaluation.batchSize)
    } else {
      suite = nil
    }
    tuning = FineTuning(config, policy: request.policy.common, dataset: dataset)
    policy = try Self.assignFeatures(request, dataset, tuning, events)
    if let warning = policy.value.unnormalizedFeatures { events.warning(warning) }
    if suite != nil {
      try config.environment?.check(
        inputs: policy.common.inputFeatures, outputs: policy.common.outputFeatures,
        renameMap: policy.common.pretrainedPath == nil ? [:] : config.renameMap)
    }
    let cache = HubCache(variables: request.environment, files: DiskFileSystem())
    resources = ResourceStore(cache)
    checkpoint = try policy.common.pretrainedPath.map { path in
      try Checkpoint.open(cache.policyFolder(path) ?? path)
    }
    state = config.resume ? try checkpoint?.readTrainingState() : nil
  }

  private static func openDataset(_ request: RunRequest) throws(DataError) -> LeRobotDataset {
    let policy = request.policy.value
    return try LeRobotDataset.open(
      request.config.dataset, environment: request.environment,
      deltas: DeltaIndices(
        observation: policy.observationDeltaIndices, action: policy.actionDeltaIndices,
        reward: policy.rewardDeltaIndices))
  }

  /// The policy with its features; where they do not fit the dataset, a table says so first.
  private static func assignFeatures(
    _ request: RunRequest, _ dataset: DatasetSummary, _ tuning: FineTuning?, _ events: RunEvents
  ) throws(FeatureError) -> PolicyConfig {
    do throws(FeatureError) {
      return try request.policy.fitted(
        to: dataset.features, renameMap: request.config.renameMap)
    } catch {
      if let tuning, !error.isOfPolicy { events.info(tuning.features, about: .policy) }
      throw error
    }
  }
}

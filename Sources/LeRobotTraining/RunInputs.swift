import LeRobotCore
import LeRobotData
import LeRobotEnvs
import LeRobotHub
import OrderedCollections

/// What a run takes from outside: dataset, environments, checkpoint. Opened and held against each
/// other before libtorch is loaded, so that whatever does not fit is reported at once.
struct RunInputs {
  let frames: LeRobotDataset
  /// What a run knows of the dataset apart from its frames.
  let dataset: DatasetSummary
  /// Held-out frames; nil where the policy is not validated.
  let heldOut: LeRobotDataset?
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
  init(_ request: RunRequest, _ hub: Hub, _ events: RunEvents) throws {
    let config = request.config
    resources = ResourceStore(hub, request.environment, request.options)
    var given = request.policy
    try given.value.readParts(resources)
    events.send(.preparing(.dataset))
    let source = DatasetSource(request, hub, events)
    let whole = try source.find()
    let split = try HeldOut(whole, request.options, other: source.findValidation)
    let found = split?.training ?? whole
    let name = config.dataset.repositoryID
    tuning = FineTuning(config, policy: request.policy.common, name, found.policyFeatures)
    let chosen = try Self.assignFeatures(
      given, request, found, found.policyFeatures, tuning, events)
    // LeRobot takes 0 for a reward that is not there, and fails at the first step (Q-TDMPC-7).
    let reward = found.features["next.reward"]?.shape
    if chosen.value.rewardDeltaIndices != nil, reward?.reduce(1, *) != 1 {
      throw TrainingError.noReward(policy: chosen.type)
    }
    let use = chosen.use(of: found.policyFeatures, renameMap: config.renameMap.inProcessor)
    var contents = try found.open(use)
    if let split {
      events.info(split.notice, about: .dataset)
      if request.options.validation.root == nil { contents = try contents.withOwnStatistics() }
    }
    frames = LeRobotDataset(contents: contents, deltas: request.deltas)
    heldOut = try Self.open(split, use, frames, request)
    var dataset = frames.summary(name: name)
    for notice in frames.contents.notices { events.info(notice, about: .dataset) }
    for warning in frames.contents.warnings { events.warning(warning) }
    // Pictures may turn out to have another size than declared.
    policy = try Self.assignFeatures(given, request, found, dataset.features, tuning, events)
    try Self.scaleRelativeActions(of: policy, frames, &dataset, config.renameMap.inProcessor)
    self.dataset = dataset
    if let warning = policy.value.unnormalizedFeatures { events.warning(warning) }
    if let warning = policy.value.featureWarning { events.warning(warning) }
    if let notice = Self.unreadStates(policy) { events.warning(notice) }
    if let dropped = policy.value.droppedLastFrameCount,
      dataset.episodes.allSatisfy({ $0.frames.count <= dropped })
    {
      throw TrainingError.tooShortEpisodes(dropped: dropped)
    }
    let images = config.dataset.imageTransforms
    transforms = images.enable ? try ImageTransforms(config: images) : nil
    if let environment = config.evaluatedEnvironment {
      events.send(.preparing(.environment))
      suite = try EvaluationSuite(
        environment, config, for: policy, settings: request.bridgeSettings)
    } else {
      suite = nil
    }
    checkpoint = try policy.common.pretrainedPath.map { path in
      try Checkpoint.open(
        hub.policyFolder(path, revision: request.options.policy.pretrainedRevision))
    }
    state = config.resume ? try checkpoint?.readTrainingState() : nil
  }

  /// Has actions that are relative to the state scaled by what they are then.
  private static func scaleRelativeActions(
    of policy: PolicyConfig, _ frames: LeRobotDataset, _ dataset: inout DatasetSummary,
    _ renameMap: OrderedDictionary<String, String>
  ) throws(DataError) {
    guard let excluded = policy.value.absoluteJoints else { return }
    let joints = RelativeJoints(excluded: excluded, names: frames.features["action"]?.names)
    let state = renameMap.first { $0.value == "observation.state" }?.key ?? "observation.state"
    let steps = policy.value.actionDeltaIndices?.count ?? 1
    dataset.statistics["action"] =
      try RelativeActionStatistics(frames, steps: steps, state: state)?.statistics(joints)
  }

  /// The held-out frames, where the policy is validated.
  private static func open(
    _ split: HeldOut?, _ use: FeatureUse, _ training: LeRobotDataset, _ request: RunRequest
  ) throws -> LeRobotDataset? {
    guard let split, request.options.validates else { return nil }
    var unscaled = use
    // Held-out frames are scaled as those of the training.
    unscaled.statistics = [:]
    let contents = try split.validation.open(unscaled)
    if let root = request.options.validation.root {
      try HeldOut.check(
        contents.features.policyFeatures, against: training.policyFeatures, use, root: root)
    }
    return LeRobotDataset(contents: contents, deltas: request.deltas)
  }

  /// The policy with its features; where they do not fit the dataset, a table says so first.
  private static func assignFeatures(
    _ policy: PolicyConfig, _ request: RunRequest, _ found: FoundDataset,
    _ features: OrderedDictionary<String, PolicyFeature>, _ tuning: FineTuning?, _ events: RunEvents
  ) throws(FeatureError) -> PolicyConfig {
    do throws(FeatureError) {
      return try policy.fitted(
        to: features, renameMap: request.config.renameMap.inProcessor,
        others: found.features.keys.filter { features[$0] == nil })
    } catch {
      if let tuning, !error.isOfPolicy { events.info(tuning.features, about: .policy) }
      throw error
    }
  }

  /// States that a new policy is given and does not compute with: LeRobot's know one.
  private static func unreadStates(_ policy: PolicyConfig) -> String? {
    let unread = policy.unreadStates
    guard policy.common.pretrainedPath == nil, !unread.isEmpty else { return nil }
    let names = unread.joined(separator: ", ")
    if policy.common.robotStateFeature != nil {
      return "the policy's state is observation.state; it does not compute with \(names)"
    }
    return "the policy computes with none of \(names), only with observation.state; one of them "
      + "becomes that by --rename_map='{\"\(unread[0])\": \"observation.state\"}'"
  }
}

extension Hub {
  /// The folder of a policy's weights, which its path or its repository names.
  func policyFolder(_ path: String, revision: String?) throws(RemoteFileError) -> String {
    guard !FileSystem.exists(path), let repository = RepositoryName(path, revision: revision) else {
      return path
    }
    return try policyFolder(repository)
  }
}

extension RunRequest {
  /// Which frames around the present one the policy's samples hold.
  fileprivate var deltas: DeltaIndices {
    DeltaIndices(
      observation: policy.value.observationDeltaIndices, action: policy.value.actionDeltaIndices,
      reward: policy.value.rewardDeltaIndices)
  }
}

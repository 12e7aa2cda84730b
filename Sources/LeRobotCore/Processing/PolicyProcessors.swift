import OrderedCollections

/// What stands before and behind a policy: its preprocessor and its postprocessor
/// (LeRobot `policies/factory.py`, `make_pre_post_processors`).
package struct PolicyProcessors: Sendable, Equatable {
  package var preprocessor: ProcessorPipeline
  package var postprocessor: ProcessorPipeline

  package init(preprocessor: ProcessorPipeline, postprocessor: ProcessorPipeline) {
    self.preprocessor = preprocessor
    self.postprocessor = postprocessor
  }

  /// A policy's processors as LeRobot makes them for a new policy.
  ///
  /// - Parameters:
  ///   - policy: with its features filled in.
  ///   - statistics: the dataset's, under the dataset's names.
  ///   - renameMap: from the dataset's names to the policy's; statistics follow it (LeRobot leaves
  ///     them behind, so that renamed features are not normalised).
  ///   - actionNames: the dataset's of the action's numbers; nil where it has none.
  ///   - resources: the files that steps need besides their configuration.
  package init(
    policy: PolicyConfig, statistics: FeatureStatistics,
    renameMap: OrderedDictionary<String, String> = [:], actionNames: [String]? = nil,
    resources: ResourceStore = .empty
  ) throws(ProcessorError) {
    var context = ProcessorContext(
      statistics: statistics.renamed(renameMap), renameMap: renameMap, resources: resources)
    context.actionNames = actionNames
    self = try policy.value.makeProcessors(context)
  }

  /// The processors that most policies have: names, batch axis, device, scaling, and back.
  package static func standard(
    for policy: some PolicyConfiguration, _ context: ProcessorContext
  ) -> PolicyProcessors {
    let common = policy.common
    let normalizer = Normalizer(
      features: common.inputFeatures.merging(common.outputFeatures) { $1 },
      modes: policy.normalization, statistics: context.statistics)
    let unnormalizer = Normalizer(
      features: common.outputFeatures, modes: policy.normalization, statistics: context.statistics)
    return PolicyProcessors(
      preprocessor: ProcessorPipeline(
        name: preprocessorName,
        steps: [
          RenameStep(context.renameMap), BatchAxisStep(),
          DeviceStep(deviceType(common.device)), NormalizerStep(normalizer),
        ]),
      postprocessor: ProcessorPipeline(
        name: postprocessorName,
        steps: [UnnormalizerStep(unnormalizer), DeviceStep("cpu")]))
  }

  /// The same for actions relative to the state: before they are scaled, and behind it again.
  func relative(_ joints: RelativeJoints) -> PolicyProcessors {
    var result = self
    let (before, behind) = (preprocessor.steps, postprocessor.steps)
    let scaling = before.firstIndex { $0 is NormalizerStep } ?? before.count
    result.preprocessor.steps.insert(RelativeActionsStep(joints), at: scaling)
    let scaled = behind.firstIndex { $0 is UnnormalizerStep } ?? behind.count - 1
    result.postprocessor.steps.insert(AbsoluteActionsStep(), at: scaled + 1)
    return result
  }

  /// Whether the policy's actions are relative to the state.
  package var areRelative: Bool {
    preprocessor.steps.contains { ($0 as? RelativeActionsStep)?.isOn == true }
  }

  /// Replaces what saved processors bring by this run's device, features, statistics and names
  /// (LeRobot `scripts/lerobot_train.py`, `train`).
  package mutating func override(
    policy: PolicyConfig, statistics: FeatureStatistics,
    renameMap: OrderedDictionary<String, String> = [:]
  ) {
    let common = policy.common
    let statistics = statistics.renamed(renameMap)
    preprocessor.override(
      StepOverride(
        device: Self.deviceType(common.device), renameMap: renameMap,
        features: common.inputFeatures.merging(common.outputFeatures) { $1 },
        modes: policy.value.normalization, statistics: statistics, policy: policy.value))
    postprocessor.override(
      StepOverride(
        features: common.outputFeatures, modes: policy.value.normalization, statistics: statistics))
  }

  /// Replaces what saved processors bring by the device of an evaluation and, where it has them, its
  /// names (LeRobot `scripts/lerobot_eval.py`, `eval_main`).
  package mutating func override(
    evaluating policy: PolicyConfig, renameMap: OrderedDictionary<String, String>?
  ) {
    let device = Self.deviceType(policy.common.device)
    preprocessor.override(
      StepOverride(device: device, renameMap: renameMap, policy: policy.value))
  }

  /// A dataset's batch as the policy takes it, with the keys LeRobot keeps, in its order: action,
  /// rewards, paddings, indices, observations (LeRobot `processor/converters.py`).
  package func preprocess(_ batch: Batch) throws(ProcessorError) -> Batch {
    var kept = Batch(tasks: batch.tasks)
    let keys = batch.values.keys
    let leading = ["action", "next.reward", "next.done", "next.truncated"]
    let ordered =
      leading + keys.filter { $0.contains("_is_pad") } + ["index", "task_index"]
      + keys.filter { $0.hasPrefix("observation.") }
    for key in ordered { kept.values[key] = batch.values[key] }
    return try preprocessor(kept)
  }

  /// A policy's action [B, A] in the robot's own units.
  ///
  /// - Parameter input: what the preprocessor made of the observation that the action was chosen for.
  package func postprocess(
    _ action: HostTensor, for input: Batch = Batch()
  ) throws(ProcessorError) -> HostTensor {
    var batch = Batch(tensors: ["action": action])
    batch[RelativeActionsStep.offsetKey] = input[RelativeActionsStep.offsetKey]
    return try postprocessor(batch)["action"] ?? action
  }

  /// A chunk [B, T, A] in the robot's own units.
  package func postprocess(
    chunk: HostTensor, for input: Batch
  ) throws(ProcessorError) -> HostTensor {
    let (count, steps, width) = (chunk.shape[0], chunk.shape[1], chunk.shape[2])
    return try postprocess(chunk.reshaped(to: [count * steps, width]), for: input)
      .reshaped(to: chunk.shape)
  }

  /// `cuda` for `cuda:0`: LeRobot saves the kind of device only.
  private static func deviceType(_ device: String?) -> String {
    String((device ?? "cpu").prefix { $0 != ":" })
  }
}

/// What the processors of a new policy are made of beside its configuration.
package struct ProcessorContext: Sendable {
  /// The dataset's, under the policy's names.
  package let statistics: FeatureStatistics
  /// From the dataset's names to the policy's.
  package let renameMap: OrderedDictionary<String, String>
  /// The dataset's of the action's numbers; nil where it has none.
  package var actionNames: [String]?
  /// The files that steps need besides their configuration.
  package let resources: ResourceStore

  package init(
    statistics: FeatureStatistics, renameMap: OrderedDictionary<String, String> = [:],
    resources: ResourceStore = .empty
  ) {
    self.statistics = statistics
    self.renameMap = renameMap
    self.resources = resources
  }
}

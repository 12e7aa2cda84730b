import OrderedCollections

/// The configuration of one policy, and everything else that is specific to the policy and is not
/// computation: its name, fields, checks, presets, features, processors and pretrained parts.
///
/// `PolicyRegistry` lists the types; `PolicyConfig` holds a value of any of them.
package protocol PolicyConfiguration: ConfigRecord, PolicyParts {
  /// LeRobot's name of the policy, as `--policy.type` takes it.
  static var policyType: String { get }
  var common: PolicyCommon { get set }
  /// How each feature type is scaled, by its name (`STATE`).
  var normalization: OrderedDictionary<String, NormalizationMode> { get }

  // MARK: Presets

  /// The optimizer that trains it unless `use_policy_training_preset` is off.
  var optimizerPreset: OptimizerConfig { get }
  /// The schedule of that optimizer; nil for constant learning rates.
  var schedulerPreset: SchedulerConfig? { get }

  // MARK: Samples

  /// Frames around the present one, in frames, that a training sample holds; nil for the present
  /// frame alone, without a time dimension.
  var observationDeltaIndices: [Int]? { get }
  var actionDeltaIndices: [Int]? { get }
  var rewardDeltaIndices: [Int]? { get }
  /// Frames at the end of each episode that are not sampled; nil for policies that are trained on
  /// all frames, which are then drawn by another sampler.
  var droppedLastFrameCount: Int? { get }

  // MARK: Features

  /// Adds the features that the policy brings itself, and says what is missing
  /// (LeRobot `validate_features`).
  mutating func completeFeatures() -> [FieldProblem]
  /// The names of the features that the policy computes with; others may be among its features, as
  /// LeRobot puts all of a dataset's there.
  var readFeatures: Set<String> { get }
  /// Checks that the policy can be built from its fields and features. Towers rely on it.
  func checkFeatures() throws(PolicyConfigError)

  // MARK: Around the policy

  /// The processors of a new policy (LeRobot `policies/factory.py`, `make_pre_post_processors`).
  func makeProcessors(_ context: ProcessorContext) throws(ProcessorError) -> PolicyProcessors

  /// What each way to train takes of memory, the configured one first; empty for a policy that cannot tell.
  func memoryChoices(_ question: MemoryQuestion) -> [MemoryChoice]
  /// What of a joint's name keeps its actions absolute where others are relative to the state; nil for all.
  var absoluteJoints: [String]? { get }
  /// A sentence on features that the policy does not use as one would expect; nil where there are none.
  var featureWarning: String? { get }
  /// Fields that change nothing because another field switches them off.
  var unusedFields: [UnusedFields] { get }
}

extension PolicyConfiguration {
  package var schedulerPreset: SchedulerConfig? { nil }
  package var observationDeltaIndices: [Int]? { nil }
  package var rewardDeltaIndices: [Int]? { nil }
  package var droppedLastFrameCount: Int? { nil }
  package var featureWarning: String? { nil }
  package var unusedFields: [UnusedFields] { [] }
  package var sharedProblems: [FieldProblem] { normalizationProblems }

  package func checkFeatures() throws(PolicyConfigError) {}
  package var absoluteJoints: [String]? { nil }
  package func memoryChoices(_ question: MemoryQuestion) -> [MemoryChoice] { [] }

  /// Every camera, the robot's state, the environment's state and the action.
  package var readFeatures: Set<String> {
    let named = ["observation.state", "action"].filter {
      common.inputFeatures[$0] != nil || common.outputFeatures[$0] != nil
    }
    let environment = common.inputFeatures.first { $0.value.type == .environment }?.key
    return Set(common.imageFeatures.keys).union(named).union(environment.map { [$0] } ?? [])
  }

  /// The fields of `PolicyCommon` in LeRobot's place among the policy's own.
  package static var commonFields: [Field<Self>] {
    PolicyCommon.fields.map { $0.lifted(to: \.common) }
  }

  /// The same where the device is a text that cannot be null (SAC and the reward classifier).
  package static var commonFieldsWithDevice: [Field<Self>] {
    commonFields.map { field in
      var field = field
      if field.key == "device" { field.type = .string }
      return field
    }
  }
}

/// Fields of a policy that change nothing, why, and what would make them count.
package struct UnusedFields: Sendable, Equatable {
  /// Without `policy.`.
  package let keys: [String]
  package let reason: String
  package let remedy: String

  package init(_ keys: [String], reason: String, remedy: String) {
    self.keys = keys
    self.reason = reason
    self.remedy = remedy
  }
}

/// State of an optimizer as torch's `state_dict()` has it, apart from hyperparameters.
package struct OptimizerState: Sendable, Equatable {
  /// Per parameter, counted in group order: `exp_avg`, `exp_avg_sq` and `step`, or
  /// `momentum_buffer`; no entry for a parameter that never had a gradient.
  package var slots: [Int: NamedTensors]
  /// Parameter indices of each group.
  package var groups: [[Int]]

  package init(slots: [Int: NamedTensors], groups: [[Int]]) {
    self.slots = slots
    self.groups = groups
  }
}

/// A policy with its optimizer, on one engine: all the training loop needs to know of either.
package protocol Learner: AveragedWeights {
  /// Parameters the optimizer changes, and all parameters, counted in scalars.
  var parameterCounts: (learnable: Int, total: Int) { get }
  /// What the learner keeps in memory once it has taken a step.
  var memory: LearnerMemory { get }
  /// The names of the parameter groups, in group order.
  var parameterGroupNames: [String] { get }
  /// The options, by torch's names, that each parameter group has instead of the optimizer's, in
  /// group order.
  var parameterGroupOptions: [GroupOptions] { get }
  /// The learning rate each parameter group starts from, in group order.
  var initialLearningRates: [Double] { get }

  /// Forward and backward pass: adds `weight` times the gradients of a batch's loss to those of the
  /// step under way.
  ///
  /// The loss comes with the step's result, so that a GPU is waited for once a step. Where a batch
  /// fails, the step under way is dropped.
  ///
  /// - Parameters:
  ///   - batch: preprocessed (normalised) tensors.
  ///   - weight: 1 for a step of one batch, 1/n for each of n batches.
  func accumulate(_ batch: Batch, weight: Double) throws
  /// Ends the step under way: mean of the gradients over all ranks, norm, clipping, optimizer, and
  /// the policy's own work after a step.
  ///
  /// - Parameters:
  ///   - learningRates: one per parameter group.
  ///   - world: the ranks that take this step together.
  /// - Throws: `TrainingError.notFinite` naming the first tensor that went wrong; the parameters
  ///   are then still those of the step before.
  func step(learningRates: [Double], world: any World) throws -> StepResult
  /// The loss of a batch. Parameters, buffers, gradients and generators stay as they are.
  func loss(of batch: Batch) throws -> LossRecord

  /// Weights and buffers under LeRobot's checkpoint names, in LeRobot's order.
  func weights() throws -> NamedTensors
  /// Replaces one weight, which must have the name of one and its shape.
  func load(_ tensor: HostTensor, named name: String) throws
  /// Continues a run after so many of its steps, for what the policy counts itself.
  func resume(afterSteps count: Int)
  /// How many of the next steps read no pictures.
  var stepsWithoutPictures: Int { get }
  /// What to say of the policy as its weights are.
  var warnings: PolicyWarnings { get }
  func optimizerState() throws -> OptimizerState
  /// Restores a saved optimizer: its state of each parameter, and the options of its groups, which
  /// replace those the learner was made with, as in torch.
  func loadOptimizer(_ saved: SavedOptimizer) throws
  /// Weights and optimizer state as the engine computes with them, where that is more than the
  /// float32 of a checkpoint. With them a resumed run is bitwise identical to one that was not
  /// stopped.
  func unroundedState() throws -> NamedTensors
  /// Replaces each number that was loaded from a checkpoint by its unrounded value, where that rounds
  /// to it.
  func loadUnroundedState(_ state: NamedTensors) throws
  /// Weights and optimizer as they are now, whatever steps follow.
  func snapshot() throws -> LearnerSnapshot

  /// The next action for a batch of observations [B, A], from the policy's own queue or ensemble.
  func selectAction(_ observation: Batch) throws -> HostTensor
  /// The actions [B, T, A] that the policy plans from samples of a dataset, from their present frames
  /// on. Queued actions are forgotten.
  func predictActionChunk(_ samples: Batch) throws -> HostTensor
  /// Forgets queued actions; called when an environment is reset.
  func reset()
}

extension Learner {
  /// Loads weights by name, one at a time. Names that are missing or unexpected are returned, not
  /// refused; a wrong shape throws.
  @discardableResult
  package func loadWeights(from source: any WeightSource) throws -> LoadedWeights {
    try LoadedWeights(wanted: weightNames, from: source, load: load(_:named:))
  }

  /// Loads the weights of a checkpoint by the policy's names.
  ///
  /// - Throws: `WeightError.missing` for a weight that the policy must not draw itself.
  package func loadWeights(
    of policy: any PolicyConfiguration, from checkpoint: Checkpoint
  ) throws -> LoadedWeights {
    let loaded = try loadWeights(from: checkpoint.weightSource().named(by: policy))
    if let name = loaded.missing.first(where: policy.needsWeight) {
      throw WeightError.missing(name, source: checkpoint.pretrainedModel)
    }
    return loaded
  }

  /// Nothing, and no such steps, for most policies.
  package func resume(afterSteps count: Int) {}
  package var stepsWithoutPictures: Int { 0 }
  package var warnings: PolicyWarnings { PolicyWarnings() }

  /// None, for a learner whose groups differ in nothing but their learning rates.
  package var parameterGroupOptions: [GroupOptions] { [] }

  /// Nothing, for an engine that computes in float32.
  package func unroundedState() throws -> NamedTensors { [:] }
  package func loadUnroundedState(_ state: NamedTensors) throws {}

  /// A snapshot that is copied at once.
  package func snapshot() throws -> LearnerSnapshot {
    LearnerSnapshot(
      LearnerSnapshot.State(weights: try weights(), optimizer: try optimizerState()))
  }
}

/// An engine that trains policies: `Fast` on libtorch, or the `Reference`.
package protocol Backend: AnyObject {
  /// The name `--backend` takes.
  var name: String { get }
  /// Seeds torch's global generator and NumPy's.
  func seed(_ seed: UInt64) throws
  /// torch's 5056-byte state of the global CPU generator.
  func randomState() throws -> [UInt8]
  func setRandomState(_ state: [UInt8]) throws
  /// State of the device's generator where there is one (`torch_cuda_rng_state`).
  func deviceRandomState() throws -> [UInt8]?
  func setDeviceRandomState(_ state: [UInt8]) throws
  /// NumPy's global generator.
  var numPy: NumPyStream { get }
  /// Builds a policy, drawing its initial weights from the global generator in LeRobot's order,
  /// and the optimizer over its parameters.
  ///
  /// - Parameters:
  ///   - usesPreset: parameters in the policy's own groups, with the learning rates of its preset;
  ///     otherwise all in one, in their order (LeRobot `optim/factory.py`,
  ///     `make_optimizer_and_scheduler`).
  ///   - parts: the parts that get published weights in the place of the drawn ones; all of the
  ///     policy's for a new policy, none where a checkpoint brings its own.
  func makeLearner(
    policy: PolicyConfig, optimizer: OptimizerConfig, usesPreset: Bool,
    loading parts: [PretrainedPart]
  ) throws -> any Learner
}

extension Backend {
  /// A learner of a new policy, by default with the policy's preset.
  package func makeLearner(
    policy: PolicyConfig, optimizer: OptimizerConfig, usesPreset: Bool = true
  ) throws -> any Learner {
    try makeLearner(
      policy: policy, optimizer: optimizer, usesPreset: usesPreset,
      loading: policy.value.pretrainedParts)
  }
}

import OrderedCollections

/// All that a checkpoint holds, as values: what writes it needs nothing of the training that made
/// it, and can work beside the next steps.
package struct CheckpointContents: Sendable {
  package var step: Int
  /// Under LeRobot's names; tied tensors once.
  package var weights: NamedTensors
  /// The moving average of the weights; nil where none is kept.
  package var averagedWeights: NamedTensors?
  /// Other names of the weights, under the names that they have here.
  package var tiedNames: OrderedDictionary<String, String> = [:]
  /// Steps whose checkpoints are among the best, and stay.
  package var bestSteps: Set<Int> = []
  /// The texts of `config.json` and `train_config.json`.
  package var policyConfig: String
  package var trainConfig: String
  /// The text of `README.md`; nil writes none.
  package var modelCard: String?
  package var processors: PolicyProcessors
  package var trainingState: TrainingState
  /// Called when everything is written and before it counts: throws where a tensor is not what it
  /// should be.
  package var confirm: @Sendable () throws(WeightError) -> Void = {}

  package init(
    step: Int, weights: NamedTensors, policyConfig: String, trainConfig: String,
    modelCard: String? = nil, processors: PolicyProcessors, trainingState: TrainingState
  ) {
    self.step = step
    self.weights = weights
    self.policyConfig = policyConfig
    self.trainConfig = trainConfig
    self.modelCard = modelCard
    self.processors = processors
    self.trainingState = trainingState
  }
}

/// What resuming needs beyond the policy (LeRobot `utils/train_utils.py`, `save_training_state`).
package struct TrainingState: Sendable, Equatable {
  package var step: Int
  /// By sub-folder; a single optimizer stands under `""`, in `training_state` itself.
  package var optimizers: OrderedDictionary<String, SavedOptimizer>
  /// torch's `state_dict()` of the learning-rate schedule; nil without one.
  package var schedule: JSONValue?
  package var random: RandomStates
  /// What LeRobot's layout has no place for; nil in its own checkpoints.
  package var resume: ResumeState?
  /// Options of our own (`RunOptions.saved`); written here, read with the configuration.
  package var options: JSONValue?

  package init(
    step: Int, optimizers: OrderedDictionary<String, SavedOptimizer>, schedule: JSONValue? = nil,
    random: RandomStates, resume: ResumeState? = nil, options: JSONValue? = nil
  ) {
    self.step = step
    self.optimizers = optimizers
    // `JSONValue` takes a nil literal for null, so null may stand where none is meant.
    self.schedule = schedule.flatMap { $0.isNull ? Optional.none : $0 }
    self.random = random
    self.resume = resume
    self.options = options.flatMap { $0.isNull ? Optional.none : $0 }
  }
}

/// What exact resuming needs and LeRobot does not save: the sampler's place in its pass, workers'
/// generators, averages under way. The loop decides what stands in it.
package struct ResumeState: Sendable, Equatable {
  package var values: JSONValue
  package var tensors: NamedTensors

  package init(values: JSONValue, tensors: NamedTensors = [:]) {
    self.values = values
    self.tensors = tensors
  }
  /// A learner's unrounded state (`Learner.unroundedState`), kept among the other tensors.
  package var unrounded: NamedTensors {
    get {
      var state: NamedTensors = [:]
      for (name, tensor) in tensors where name.hasPrefix(Self.unroundedPrefix) {
        state[String(name.dropFirst(Self.unroundedPrefix.count))] = tensor
      }
      return state
    }
    set {
      tensors = tensors.filter { !$0.key.hasPrefix(Self.unroundedPrefix) }
      for (name, tensor) in newValue { tensors[Self.unroundedPrefix + name] = tensor }
    }
  }

  private static let unroundedPrefix = "unrounded/"
}

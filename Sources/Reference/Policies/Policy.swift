import LeRobotCore
import OrderedCollections

/// A policy that can be trained and asked for actions.
///
/// Batches hold normalised tensors under LeRobot's keys.
package protocol Policy: Layer, AnyObject {
  /// The keys of a batch that the policy reads.
  var batchKeys: [String] { get }
  /// The training loss of a batch of normalised observations and actions.
  ///
  /// - Parameter pass: draws dropout masks and noise.
  func loss(_ batch: [String: Tensor], _ pass: Pass) -> PolicyLoss
  /// The next action [B, A] for normalised observations, from the policy's queue or ensemble.
  ///
  /// - Parameter pass: an evaluation, which draws what the policy samples from.
  func selectAction(_ observation: [String: Tensor], _ pass: Pass) -> Tensor
  /// The actions [B, T, A] that are planned from the present observation of samples of a dataset, each
  /// with as many observations [B, …] or [B, n, …] as training reads.
  ///
  /// - Parameter pass: an evaluation, which draws what the policy samples from.
  func predictActionChunk(_ observation: [String: Tensor], _ pass: Pass) -> Tensor
  /// The policy's own work after an optimizer step, a target network's average for example.
  ///
  /// LeRobot `lerobot_train.py`, `update_policy`, which calls `policy.update()`.
  ///
  /// - Parameter sums: the losses' `sums`, added up over the step's batches and all ranks.
  func afterStep(_ sums: [Tensor])
  /// Continues a run after so many of its steps, for a policy that counts them.
  func resume(afterSteps count: Int)
  /// How many of the next training steps read no pictures.
  var stepsWithoutPictures: Int { get }
  /// What to say of the policy as its weights are.
  var warnings: PolicyWarnings { get }
  /// Forgets queued actions; an episode begins.
  func reset()
  /// The trained parameters, grouped as the optimizer takes them.
  var parameterGroups: [ParameterGroup<Parameter>] { get }
  /// Gives a part the weights it is published with, in the place of the drawn ones.
  ///
  /// - Parameter part: one of the configuration's `pretrainedParts`.
  func load(_ part: PretrainedPart, from weights: any WeightSource) throws
}

extension Policy {
  /// Nothing, for most policies.
  package func afterStep(_ sums: [Tensor]) {}
  package func resume(afterSteps count: Int) {}

  /// None, for most policies.
  package var stepsWithoutPictures: Int { 0 }
  package var warnings: PolicyWarnings { PolicyWarnings() }

  /// For policies that draw all their weights.
  package func load(_ part: PretrainedPart, from weights: any WeightSource) throws {
    throw PolicyConfigError.unknownPart(part)
  }

  /// All parameters that an optimizer lists, with its learning rate: for runs without the preset.
  package var singleGroup: [ParameterGroup<Parameter>] {
    ParameterGroup.single(parameters.filter(\.value.role.isListed))
  }
}

/// A loss to differentiate, and the numbers to report of it.
package struct PolicyLoss {
  /// What the optimizer lowers, [].
  package let total: Variable
  /// Its parts under LeRobot's names, in its order, each [].
  package let parts: OrderedDictionary<String, Tensor>
  /// Sums over the batch, without gradient, that the policy takes in after the step.
  package let sums: [Tensor]

  package init(
    total: Variable, parts: OrderedDictionary<String, Tensor>, sums: [Tensor] = []
  ) {
    self.total = total
    self.parts = parts
    self.sums = sums
  }
}

extension [String: Tensor] {
  /// The tensor of a feature; that a dataset has it is checked before training begins.
  func tensor(_ key: String) -> Tensor {
    guard let tensor = self[key] else {
      preconditionFailure("the batch has no \(key), only \(keys.sorted())")
    }
    return tensor
  }
}

/// A training loss and the parts a log shows, each a scalar [] that is not waited for.
package struct PolicyLoss {
  package var total: Tensor
  /// Under LeRobot's names.
  package var parts: [(name: String, value: Tensor)]
}

/// A policy: a loss to train by, and actions.
///
/// Batches hold preprocessed tensors under LeRobot's keys, in the policy's type and device.
package protocol Policy: Layer, AnyObject {
  /// The keys of a batch that the policy reads.
  var batchKeys: [String] { get }
  /// The loss of a batch. Without `random` it is that of evaluation.
  func loss(_ batch: [String: Tensor], random: (any RandomSource)?) -> PolicyLoss
  /// The next action [B, A], in evaluation.
  func selectAction(_ observation: [String: Tensor]) -> Tensor
  /// Forgets what earlier observations left.
  func reset()
  /// Parameters with the learning rates of the policy's preset, in LeRobot's order.
  var parameterGroups: [ParameterGroup] { get }
}

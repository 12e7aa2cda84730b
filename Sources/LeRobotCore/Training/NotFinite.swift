import OrderedCollections

/// The first of a step's tensors with a NaN or an infinity, in the order in which they are computed.
///
/// - Parameters:
///   - inputs: what the policy reads of the batch.
///   - weights: the policy's parameters and buffers.
///   - parts: the parts of the loss.
///   - loss: nil where only gradients are left to look at.
///   - gradients: by the name of their weight; looked at only when all the others are finite.
///   - isFinite: whether no element is a NaN or an infinity.
/// - Returns: what `TrainingError.notFinite` calls it.
package func firstNotFinite<Tensor, Failure: Error>(
  inputs: [(key: String, tensor: Tensor)] = [], weights: OrderedDictionary<String, Tensor> = [:],
  parts: OrderedDictionary<String, Tensor> = [:], loss: Tensor? = nil,
  gradients: some Sequence<(name: String, tensor: Tensor)>,
  isFinite: (Tensor) throws(Failure) -> Bool
) throws(Failure) -> String {
  for (key, tensor) in inputs where try !isFinite(tensor) { return "the batch's \(key)" }
  for (name, tensor) in weights where try !isFinite(tensor) { return name }
  for (name, tensor) in parts where try !isFinite(tensor) { return name }
  if let loss, try !isFinite(loss) { return "the loss" }
  for (name, tensor) in gradients where try !isFinite(tensor) { return "the gradient of \(name)" }
  return "the gradient norm"
}

import LeRobotCore

/// What is added to the result of a linear layer that it wraps, as LoRA does: y = xWᵀ + b + f(x).
///
/// Its parameters stand beside the layer's, under names of its own: `lora_A.weight`.
package protocol LinearAddition: Layer {
  /// f.
  ///
  /// - Parameter x: the layer's input, [..., I].
  /// - Returns: [..., O].
  func callAsFunction(_ x: Tensor) -> Tensor
}

/// The weight W of a linear layer, [O, I], which knows what wraps the layer.
///
/// Policies keep their layers to themselves; a weight can be had by its name. So a layer is wrapped after the
/// policy is made, and the policy does not know.
package final class LinearWeight: Parameter {
  /// nil where the layer is as the policy made it.
  package var addition: (any LinearAddition)?
}

extension Layer {
  /// Wraps linear layers, before a learner is made of the policy. Layers that compute with the weights of
  /// several at once, as TD-MPC's ensemble of Qs does, take no notice.
  ///
  /// - Parameter makeAddition: what to add to the layer of this name; nil leaves it as it is.
  package func wrapLinearLayers(
    _ makeAddition: (_ name: String, _ weight: LinearWeight) -> (any LinearAddition)?
  ) {
    for (name, parameter) in parameters {
      guard let weight = parameter as? LinearWeight else { continue }
      weight.addition = makeAddition(String(name.dropLast(".weight".count)), weight)
    }
  }
}

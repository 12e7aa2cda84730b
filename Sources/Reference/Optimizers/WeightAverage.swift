import LeRobotCore
import OrderedCollections

/// A moving average of a policy's parameters. Buffers and what is frozen have none.
///
/// Chi et al., Diffusion Policy (arXiv:2303.04137), V.D; diffusers `training_utils.py`, `EMAModel`.
package final class WeightAverage {
  /// What changes in a step. Part of it may be frozen later.
  private let parameters: NamedParameters
  /// θ̄, by the parameters' names.
  private var values: OrderedDictionary<String, Tensor>

  /// Begins as a copy.
  package init(of parameters: NamedParameters) {
    self.parameters = parameters.filter(\.value.role.moves)
    values = self.parameters.mapValues(\.value)
  }

  /// [EMA-average]  θ̄ ← d θ̄ + (1 − d) θ for what is trained; θ̄ ← θ for the rest.
  package func update(decay d: Double) {
    for (name, θ) in parameters {
      guard θ.isTrained, let average = values[name] else {
        values[name] = θ.value
        continue
      }
      values[name] = d * average + (1 - d) * θ.value
    }
  }

  /// Lets parameters and average change places.
  package func exchange() {
    for (name, parameter) in parameters {
      guard let average = values[name] else { continue }
      values[name] = parameter.value
      parameter.value = average
    }
  }

  /// The average of a parameter; nil for what has none.
  package subscript(name: String) -> Tensor? {
    get { values[name] }
    set { if values[name] != nil { values[name] = newValue } }
  }
}

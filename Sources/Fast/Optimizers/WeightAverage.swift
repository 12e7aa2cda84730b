import LeRobotCore
import OrderedCollections

// Symbols, formulas and citations are those of the reference's twin of this file.

/// A moving average of a policy's parameters. Buffers and what is frozen have none.
package final class WeightAverage {
  /// What changes in a step. Part of it may be frozen later.
  private let parameters: NamedParameters
  /// θ̄, by the parameters' names. The tensors stay the same objects.
  private let values: OrderedDictionary<String, Tensor>

  /// Begins as a copy.
  package init(of parameters: NamedParameters) {
    self.parameters = parameters.filter(\.value.role.moves)
    values = self.parameters.mapValues { $0.value.detached().copy() }
  }

  /// [EMA-average], of all tensors at once.
  package func update(decay d: Double) {
    let (trained, others) = (
      parameters.filter(\.value.isTrained), parameters.filter { !$0.value.isTrained }
    )
    Tensor.average(
      trained.keys.compactMap { values[$0] }, with: trained.values.map(\.value), keeping: d)
    for (name, parameter) in others { values[name]?.assign(parameter.value) }
  }

  /// Lets parameters and average change places. One tensor at a time takes memory.
  package func exchange() {
    for (name, parameter) in parameters {
      guard let average = values[name] else { continue }
      let weights = parameter.value.detached().copy()
      parameter.value = average
      average.assign(weights)
    }
  }

  /// The average of a parameter; nil for what has none.
  package subscript(name: String) -> Tensor? { values[name] }
}

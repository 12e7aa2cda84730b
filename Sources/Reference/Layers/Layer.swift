import LeRobotCore
import OrderedCollections

/// Parameters and buffers by torch's name, in the order of torch's `state_dict()`.
package typealias NamedParameters = OrderedDictionary<String, Parameter>

/// One named tensor of a layer: a parameter that training changes, or a buffer that it does not.
package final class Parameter {
  /// The leaf that forward passes compute with. Its identity changes with its value.
  package private(set) var variable: Variable
  /// False for buffers: no gradient, no optimizer, but part of every checkpoint.
  package let isTrained: Bool
  /// Whether it counts something: a checkpoint holds it as int64.
  private let isWhole: Bool

  /// The present value.
  package var value: Tensor {
    get { variable.value }
    set {
      precondition(
        newValue.shape == variable.shape,
        "Parameter: \(newValue.shape) in place of \(variable.shape)")
      variable = Variable(newValue, needsGradient: isTrained)
    }
  }

  package init(_ value: Tensor, isTrained: Bool = true, isWhole: Bool = false) {
    variable = Variable(value, needsGradient: isTrained)
    self.isTrained = isTrained
    self.isWhole = isWhole
  }

  /// The value as checkpoints hold it: float32 or int64.
  package var stored: HostTensor {
    isWhole
      ? HostTensor(value.elements.map { Int64($0) }, shape: value.shape) : value.float32
  }
}

/// A function with named parameters.
package protocol Layer {
  /// Parameters and buffers under torch's names, in torch's order.
  var parameters: NamedParameters { get }
}

/// The parameters of sub-layers, each under `name.`.
package func named(_ children: (name: String, layer: (any Layer)?)...) -> NamedParameters {
  named(children)
}

/// The parameters of sub-layers, each under `name.`; an absent layer has none.
package func named(_ children: [(name: String, layer: (any Layer)?)]) -> NamedParameters {
  children.reduce(into: [:]) { all, child in
    all.merge((child.layer?.parameters ?? [:]).under(child.name)) { _, new in new }
  }
}

import LeRobotCore
import OrderedCollections

/// Parameters and buffers by torch's name, in the order of torch's `state_dict()`.
package typealias NamedParameters = OrderedDictionary<String, Parameter>

/// One named tensor of a layer.
package class Parameter {
  /// The leaf that forward passes compute with. Its identity changes with its value.
  package private(set) var variable: Variable
  /// What training does with it; to be changed before an optimizer is made of the policy.
  package var role: ParameterRole {
    didSet {
      precondition(
        (role == .buffer) == (oldValue == .buffer), "Parameter: a buffer cannot become \(role)")
      variable = Variable(variable.value, needsGradient: isTrained)
    }
  }
  /// What a checkpoint holds it as: float32, int64 and bool for counts and flags, or a narrow type to which
  /// every value is rounded.
  private var storedType: ScalarType
  /// What a frozen parameter was loaded from, in the file's own type.
  private var loaded: HostTensor?

  /// Whether it has a gradient.
  package var isTrained: Bool { role == .trained }

  /// The present value.
  package var value: Tensor {
    get { variable.value }
    set {
      precondition(
        newValue.shape == variable.shape,
        "Parameter: \(newValue.shape) in place of \(variable.shape)")
      variable = Variable(newValue.rounded(to: storedType), needsGradient: isTrained)
      loaded = nil
    }
  }

  package init(
    _ value: Tensor, role: ParameterRole = .trained, storedAs storedType: ScalarType = .float32
  ) {
    variable = Variable(value, needsGradient: role == .trained)
    self.role = role
    self.storedType = storedType
  }

  /// Takes over the elements of a host tensor of the same shape.
  package func load(_ host: HostTensor) {
    value = Tensor(host.doubles, shape: host.shape)
    if role == .frozen { loaded = host }
  }

  /// The value as checkpoints hold it; of a frozen parameter what was loaded.
  package var stored: HostTensor {
    if let loaded { return loaded }
    return switch storedType {
    case .int64: HostTensor(value.elements.map { Int64($0) }, shape: value.shape)
    case .bool: HostTensor(value.elements.map { $0 != 0 }, shape: value.shape)
    default: HostTensor(value.elements, as: storedType, shape: value.shape)
    }
  }

  /// Rounds the value, and every later one, to a narrower type.
  func keep(in type: ScalarType) {
    storedType = type
    value = variable.value
  }
}

/// A function with named parameters.
package protocol Layer {
  /// Parameters and buffers under torch's names, in torch's order.
  var parameters: NamedParameters { get }
}

extension Layer {
  /// Has the parameters made, trained and saved in a type of their own: their values are rounded to it, and
  /// nothing else is. float32 leaves them as they are.
  package func keep(in type: ScalarType) {
    guard type != .float32 else { return }
    for parameter in parameters.values { parameter.keep(in: type) }
  }
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

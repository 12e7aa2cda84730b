import LeRobotCore
import OrderedCollections

/// Parameters and buffers by torch's name, in the order of torch's `state_dict()`.
package typealias NamedParameters = OrderedDictionary<String, Parameter>

/// One named tensor of a layer.
///
/// The tensor stays the same object for life: a new value, type or device is written into it, so
/// that optimizers may hold on to it.
package class Parameter {
  private let tensor: Tensor
  /// The leaf that forward passes compute with: the value itself.
  package var variable: Tensor { tensor }
  /// What training does with it; to be changed before an optimizer is made of the policy.
  package var role: ParameterRole {
    didSet {
      require(
        (role == .buffer) == (oldValue == .buffer), "Parameter: a buffer cannot become \(role)")
      tensor.needsGradient = role == .trained
    }
  }
  /// The type of its elements, unless they are whole numbers; nil takes the learner's. To be set
  /// before a learner is made.
  package var precision: DataType?
  /// Whether the tensor stays on the CPU: a flag by which the host decides, without waiting for a
  /// device.
  private let isOnHost: Bool
  /// The mapped file that the elements lie in, where they do.
  private(set) var file: HostTensor?

  /// Whether it has a gradient.
  package var isTrained: Bool { role == .trained }

  /// The present value; setting it copies the elements.
  package var value: Tensor {
    get { tensor }
    set {
      require(
        newValue.shape == tensor.shape, "Parameter: \(newValue.shape) in place of \(tensor.shape)")
      tensor.assign(newValue)
      file = nil
    }
  }

  package init(
    _ value: Tensor, role: ParameterRole = .trained, precision: DataType? = nil,
    isOnHost: Bool = false
  ) {
    tensor = value
    self.isOnHost = isOnHost
    tensor.needsGradient = role == .trained
    self.role = role
    self.precision = precision
  }

  /// Takes over the elements of a host tensor of the same shape. A frozen parameter of the same type
  /// shares the memory of a mapped file; everything else is copied, and converted if need be.
  package func load(_ host: HostTensor) throws(TorchError) {
    if role == .frozen, !prefersChannelsLast, tensor.device.isCPU,
      tensor.dataType.scalarType == host.scalarType, let shared = try Tensor(sharing: host)
    {
      tensor.become(shared)
      file = HostTensor(host.scalarType, shape: host.shape, buffer: host.buffer.kept)
    } else {
      try tensor.assign(host)
      file = nil
    }
  }

  /// Changes the device, and the element type unless the elements are whole numbers.
  ///
  /// Kernels of convolutions get their channels side by side in memory, the order in which oneDNN
  /// and cuDNN are fastest; pictures follow them into it. For float64 there is no such kernel.
  package func move(to dataType: DataType, device: Device) {
    let device = isOnHost ? .cpu : device
    let type = tensor.dataType.isFloatingPoint ? precision ?? dataType : tensor.dataType
    if type == tensor.dataType, device == tensor.device, !prefersChannelsLast { return }
    let moved = tensor.detached().to(type, device: device)
    tensor.become(prefersChannelsLast && type != .float64 ? moved.withChannelsLast() : moved)
    file = nil
  }

  /// Rounds the elements to a type at once.
  package func store(in type: ScalarType) { move(to: DataType(type), device: tensor.device) }

  private var prefersChannelsLast: Bool { tensor.rank == 4 }
}

/// A function with named parameters.
package protocol Layer {
  /// Parameters and buffers under torch's names, in torch's order.
  var parameters: NamedParameters { get }
}

extension Layer {
  /// Has the parameters made, trained and saved in a type of their own. float32 leaves them the learner's.
  package func keep(in type: ScalarType) {
    guard type != .float32 else { return }
    for parameter in parameters.values { parameter.precision = DataType(type) }
  }

  /// Rounds the parameters to a type at once, for their memory's sake. float32 leaves them as they are.
  package func store(in type: ScalarType) {
    guard type != .float32 else { return }
    for parameter in parameters.values { parameter.store(in: type) }
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

import LeRobotCore
import OrderedCollections

/// Parameters and buffers by torch's name, in the order of torch's `state_dict()`.
package typealias NamedParameters = OrderedDictionary<String, Parameter>

/// One named tensor of a layer: a parameter that training changes, or a buffer that it does not.
///
/// The tensor stays the same object for life: a new value, type or device is written into it, so
/// that optimizers may hold on to it.
package final class Parameter {
  private let tensor: Tensor
  /// The leaf that forward passes compute with: the value itself.
  package var variable: Tensor { tensor }
  /// False for buffers: no gradient, no optimizer, but part of every checkpoint.
  package let isTrained: Bool

  /// The present value; setting it copies the elements.
  package var value: Tensor {
    get { tensor }
    set {
      require(
        newValue.shape == tensor.shape, "Parameter: \(newValue.shape) in place of \(tensor.shape)")
      tensor.assign(newValue)
    }
  }

  package init(_ value: Tensor, isTrained: Bool = true) {
    tensor = value
    tensor.needsGradient = isTrained
    self.isTrained = isTrained
  }

  /// Changes the device, and the element type unless the elements are whole numbers.
  ///
  /// Kernels of convolutions get their channels side by side in memory, the order in which oneDNN
  /// and cuDNN are fastest; pictures follow them into it. For float64 there is no such kernel.
  package func move(to dataType: DataType, device: Device) {
    let type = tensor.dataType.isFloatingPoint ? dataType : tensor.dataType
    let moved = tensor.detached().to(type, device: device)
    tensor.become(moved.rank == 4 && type != .float64 ? moved.withChannelsLast() : moved)
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

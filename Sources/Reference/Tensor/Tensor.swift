import LeRobotCore

/// A dense array of Doubles, row-major, whose operations check shapes and return new tensors.
///
/// The engine of the reference: every formula of a layer or a policy ends in operations of this
/// type. Nothing here changes a tensor; a mismatch of shapes is a programmer error and stops the
/// program, naming both shapes.
package struct Tensor: Sendable, Equatable {
  /// Sizes of the axes; empty for a scalar.
  package let shape: [Int]
  /// The elements, last axis fastest.
  package let elements: [Double]

  /// Wraps elements in a shape; their number must be the product of `shape`.
  package init(_ elements: [Double], shape: [Int]) {
    precondition(
      elements.count == shape.reduce(1, *),
      "Tensor: \(elements.count) elements do not fill shape \(shape)")
    self.shape = shape
    self.elements = elements
  }

  /// A scalar, shape [].
  package init(_ value: Double) {
    self.init([value], shape: [])
  }

  /// A tensor whose elements are all `value`.
  package init(repeating value: Double, shape: [Int]) {
    self.init(Array(repeating: value, count: shape.reduce(1, *)), shape: shape)
  }

  /// Zeros of the given shape.
  package static func zeros(_ shape: [Int]) -> Tensor { Tensor(repeating: 0, shape: shape) }

  /// Ones of the given shape.
  package static func ones(_ shape: [Int]) -> Tensor { Tensor(repeating: 1, shape: shape) }

  /// The number of elements.
  package var count: Int { elements.count }

  /// The number of axes.
  package var rank: Int { shape.count }

  /// The size of one axis.
  package func size(_ axis: Int) -> Int {
    precondition(shape.indices.contains(axis), "size: shape \(shape) has no axis \(axis)")
    return shape[axis]
  }

  /// The only element of a tensor that has one.
  package var scalar: Double {
    precondition(count == 1, "Tensor: \(shape) is not a scalar")
    return elements[0]
  }

  /// Distance in `elements` between neighbours along each axis.
  package var strides: [Int] { Tensor.strides(of: shape) }

  /// Row-major strides of a shape.
  static func strides(of shape: [Int]) -> [Int] {
    var strides = Array(repeating: 1, count: shape.count)
    for axis in shape.indices.dropLast().reversed() {
      strides[axis] = strides[axis + 1] * shape[axis + 1]
    }
    return strides
  }

  /// An axis counted from the front, given one that may count from the back (-1 is the last).
  func axis(_ axis: Int) -> Int {
    let counted = axis < 0 ? axis + rank : axis
    precondition(shape.indices.contains(counted), "Tensor: no axis \(axis) in shape \(shape)")
    return counted
  }
}

extension Tensor {
  /// Widens a host tensor to Double; bytes are pictures, 0…255 meaning 0…1.
  package init(_ host: HostTensor) {
    let picture = Batch.Value.tensor(host).picture
    self.init((picture?.tensor ?? host).doubles, shape: host.shape)
  }

  /// The nearest numbers of a narrow type; itself for all others, in which the reference does not compute.
  package func rounded(to type: ScalarType) -> Tensor {
    switch type {
    case .bfloat16: map { Double(BFloat16.rounded(Float($0))) }
    case .float16: map { Double(Float16(Float($0))) }
    default: self
    }
  }

  /// The tensor rounded to float32, as checkpoints hold it.
  package var float32: HostTensor { HostTensor(elements.map(Float.init), shape: shape) }

  /// The tensor as it is, for exact comparisons.
  package var float64: HostTensor { HostTensor(elements, shape: shape) }
}

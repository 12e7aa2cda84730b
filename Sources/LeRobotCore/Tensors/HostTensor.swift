/// Element types that cross between datasets, checkpoints and the two engines.
package enum ScalarType: String, Sendable, CaseIterable {
  case bool, uint8, int64, float32, float64

  /// Bytes of one element.
  package var size: Int {
    switch self {
    case .bool, .uint8: 1
    case .float32: 4
    case .int64, .float64: 8
    }
  }
}

/// A dense, row-major tensor in host memory: what crosses isolation, files and engines.
///
/// It holds no arithmetic. `Reference.Tensor` and `Fast.Tensor` compute; this carries.
package struct HostTensor: Sendable, Equatable {
  /// The elements, in row-major order.
  package enum Storage: Sendable, Equatable {
    case bool([Bool])
    case uint8([UInt8])
    case int64([Int64])
    case float32([Float])
    case float64([Double])
    /// Numbers of type float32, a byte each.
    case picture(PictureBytes)
  }

  /// Sizes of the axes; empty for a scalar.
  package let shape: [Int]
  package var storage: Storage

  /// Wraps elements in a shape. The element count must be the product of `shape`.
  package init(shape: [Int], storage: Storage) {
    self.shape = shape
    self.storage = storage
    precondition(
      storage.count == shape.reduce(1, *),
      "HostTensor: \(storage.count) elements do not fill shape \(shape)")
  }

  package var scalarType: ScalarType {
    switch storage {
    case .bool: .bool
    case .uint8: .uint8
    case .int64: .int64
    case .float32, .picture: .float32
    case .float64: .float64
    }
  }

  /// The number of elements.
  package var count: Int { storage.count }

  /// Every element as a Double, in row-major order (booleans are 0 and 1).
  package var doubles: [Double] {
    switch storage {
    case .bool(let values): values.map { $0 ? 1 : 0 }
    case .uint8(let values): values.map(Double.init)
    case .int64(let values): values.map(Double.init)
    case .float32(let values): values.map(Double.init)
    case .float64(let values): values
    case .picture(let picture): picture.numbers.map(Double.init)
    }
  }
}

extension HostTensor.Storage {
  /// The number of elements.
  package var count: Int {
    switch self {
    case .bool(let values): values.count
    case .uint8(let values): values.count
    case .int64(let values): values.count
    case .float32(let values): values.count
    case .float64(let values): values.count
    case .picture(let picture): picture.bytes.count
    }
  }
}

extension HostTensor {
  /// A float32 tensor.
  package init(_ values: [Float], shape: [Int]) {
    self.init(shape: shape, storage: .float32(values))
  }

  /// A float64 tensor.
  package init(_ values: [Double], shape: [Int]) {
    self.init(shape: shape, storage: .float64(values))
  }

  /// An int64 tensor.
  package init(_ values: [Int64], shape: [Int]) {
    self.init(shape: shape, storage: .int64(values))
  }

  /// A boolean tensor.
  package init(_ values: [Bool], shape: [Int]) {
    self.init(shape: shape, storage: .bool(values))
  }

  /// A tensor of bytes.
  package init(_ values: [UInt8], shape: [Int]) {
    self.init(shape: shape, storage: .uint8(values))
  }
}

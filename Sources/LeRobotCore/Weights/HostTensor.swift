import OrderedCollections

/// Named tensors in a fixed order: a policy's weights, an optimizer's state.
package typealias NamedTensors = OrderedDictionary<String, HostTensor>

/// A dense, row-major tensor in host memory: what crosses isolation, files and engines.
///
/// It is an element type, a shape and bytes (little-endian), and holds no arithmetic.
/// `Reference.Tensor` and `Fast.Tensor` compute; this carries. Two tensors are equal if type, shape
/// and bytes are.
package struct HostTensor: Sendable, Equatable {
  package let scalarType: ScalarType
  /// Sizes of the axes; empty for a scalar.
  package let shape: [Int]
  package let buffer: HostBuffer

  /// Gives bytes a type and a shape, which must account for all of them.
  package init(_ scalarType: ScalarType, shape: [Int], buffer: HostBuffer) {
    precondition(
      buffer.byteCount == shape.reduce(scalarType.size, *),
      "HostTensor: \(buffer.byteCount) bytes do not fill shape \(shape) of \(scalarType)")
    self.scalarType = scalarType
    self.shape = shape
    self.buffer = buffer
  }

  /// Wraps elements in a shape; nothing is copied. Their count must be the product of `shape`.
  package init<Element: HostElement>(_ values: [Element], shape: [Int]) {
    self.init(Element.scalarType, shape: shape, buffer: HostBuffer(values))
  }

  /// The number of elements.
  package var count: Int { shape.reduce(1, *) }
  package var byteCount: Int { buffer.byteCount }

  /// The same elements in another shape of as many.
  package func reshaped(to shape: [Int]) -> HostTensor {
    HostTensor(scalarType, shape: shape, buffer: buffer)
  }
}

// MARK: - Elements

extension HostTensor {
  /// The elements, in row-major order; nil where the tensor has another type.
  ///
  /// Free of copies where the tensor was made from such an array.
  package func values<Element: HostElement>(of type: Element.Type) -> [Element]? {
    guard Element.scalarType == scalarType else { return nil }
    return buffer.array(of: type) ?? converted(type) { $0 }
  }

  /// Every element as a Double, in row-major order (booleans are 0 and 1).
  package var doubles: [Double] { elements(Double.self) }

  /// Every element as `Scalar`, rounded to nearest where it does not fit; booleans are 0 and 1.
  package func elements<Scalar: BinaryFloatingPoint & HostElement>(
    _ type: Scalar.Type
  ) -> [Scalar] {
    if let values = values(of: type) { return values }
    return switch scalarType {
    case .bool: converted(Bool.self) { $0 ? 1 : 0 }
    case .uint8: converted(UInt8.self) { Scalar($0) }
    case .int8: converted(Int8.self) { Scalar($0) }
    case .int16: converted(Int16.self) { Scalar($0) }
    case .uint16: converted(UInt16.self) { Scalar($0) }
    case .float16: converted(Float16.self) { Scalar($0) }
    // bfloat16 is the upper half of a float32.
    case .bfloat16: converted(UInt16.self) { Scalar(Float(bitPattern: UInt32($0) << 16)) }
    case .int32: converted(Int32.self) { Scalar($0) }
    case .uint32: converted(UInt32.self) { Scalar($0) }
    case .float32: converted(Float.self) { Scalar($0) }
    case .float64: converted(Double.self) { Scalar($0) }
    case .int64: converted(Int64.self) { Scalar($0) }
    case .uint64: converted(UInt64.self) { Scalar($0) }
    }
  }

  /// Every element, read as `Stored`, through a map.
  private func converted<Stored: HostElement, Result>(
    _: Stored.Type, _ map: (Stored) -> Result
  ) -> [Result] {
    let stride = MemoryLayout<Stored>.stride
    return buffer.withUnsafeBytes { bytes in
      [Result](unsafeUninitializedCapacity: bytes.count / stride) { target, initializedCount in
        for index in 0..<bytes.count / stride {
          target.initializeElement(at: index, to: map(Stored.load(bytes, at: index * stride)))
        }
        initializedCount = bytes.count / stride
      }
    }
  }
}

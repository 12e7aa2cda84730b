import CTorchTable

/// A libtorch tensor, with the graph that made it.
///
/// Not Sendable: a graph belongs to the thread that builds it. Operations do not throw; see
/// Failure.swift.
package final class Tensor {
  let handle: CTTensor

  init(owning handle: CTTensor) { self.handle = handle }
  deinit { ct_release(handle) }

  /// Sizes of the axes; empty for a scalar.
  package var shape: [Int] { (0..<ct_rank(handle)).map { Int(ct_size(handle, $0)) } }
  /// The number of axes.
  package var rank: Int { Int(ct_rank(handle)) }
  /// The number of elements.
  package var count: Int { shape.reduce(1, *) }
  /// Bytes of all elements.
  package var byteCount: Int { count * dataType.scalarType.size }
  /// The size of one axis.
  package func size(_ axis: Int) -> Int {
    require(axis >= 0 && axis < rank, "size: shape \(shape) has no axis \(axis)")
    return Int(ct_size(handle, Int32(axis)))
  }

  package var device: Device { Device(index: ct_device(handle)) }
  package var dataType: DataType {
    guard let type = DataType(rawValue: ct_dtype(handle)) else {
      FatalFailure.inconsistent("libtorch's scalar type \(ct_dtype(handle)) is not used here").end()
    }
    return type
  }
}

extension Tensor {
  /// A tensor of one repeated value.
  package convenience init(
    repeating value: Double, shape: [Int], dataType: DataType = .float32, device: Device = .cpu
  ) {
    let handle = shape.withInt64s {
      ct_full($0, $1, value, dataType.rawValue, device.index)
    }
    self.init(owning: owned(handle, "full"))
  }

  /// Elements that are still to be written.
  static func unset(_ shape: [Int], dataType: DataType, device: Device) -> Tensor {
    let handle = shape.withInt64s { ct_empty($0, $1, dataType.rawValue, device.index) }
    return Tensor(owning: owned(handle, "empty"))
  }

  package static func zeros(
    _ shape: [Int], dataType: DataType = .float32, device: Device = .cpu
  ) -> Tensor {
    Tensor(repeating: 0, shape: shape, dataType: dataType, device: device)
  }

  package static func ones(
    _ shape: [Int], dataType: DataType = .float32, device: Device = .cpu
  ) -> Tensor {
    Tensor(repeating: 1, shape: shape, dataType: dataType, device: device)
  }

  /// The same elements in another type or place; itself where nothing changes.
  package func to(_ dataType: DataType? = nil, device: Device? = nil) -> Tensor {
    let type = dataType?.rawValue ?? ct_dtype(handle)
    return made(ct_to(handle, type, device?.index ?? ct_device(handle)), "to", self)
  }

  /// Zeros of this tensor's shape, type, device and order in memory.
  package func zeros() -> Tensor { made(ct_zeros_like(handle), "zeros", self) }

  /// The same elements in memory of their own.
  package func copy() -> Tensor { made(ct_clone(handle), "copy", self) }
}

/// A handle that is there, or the end of the program.
private func owned(_ handle: CTTensor?, _ operation: StaticString) -> CTTensor {
  guard let handle else { fail(operation) }
  return handle
}

extension [Int] {
  /// The numbers as C sees them; Int is 64 bits wide wherever libtorch runs.
  func withInt64s<Result>(_ body: (UnsafePointer<Int64>?, Int32) -> Result) -> Result {
    withUnsafeBytes {
      body($0.baseAddress?.assumingMemoryBound(to: Int64.self), Int32(count))
    }
  }
}

extension [Tensor] {
  /// The handles as C sees them, alive during `body`.
  func withHandles<Result>(_ body: (UnsafePointer<CTTensor?>?, Int32) -> Result) -> Result {
    let handles = map { Optional($0.handle) }
    return withExtendedLifetime(self) {
      handles.withUnsafeBufferPointer { body($0.baseAddress, Int32($0.count)) }
    }
  }
}

extension Tensor {
  /// A vector of float64 on the CPU.
  package convenience init(_ values: [Double]) {
    let handle = values.withUnsafeBytes { bytes in
      [values.count].withInt64s {
        ct_from_bytes(bytes.baseAddress, $0, $1, DataType.float64.rawValue, Device.cpu.index)
      }
    }
    self.init(owning: owned(handle, "vector"))
  }

  /// A vector of int64 on the CPU.
  package convenience init(_ values: [Int]) {
    let handle = values.withUnsafeBytes { bytes in
      [values.count].withInt64s {
        ct_from_bytes(bytes.baseAddress, $0, $1, DataType.int64.rawValue, Device.cpu.index)
      }
    }
    self.init(owning: owned(handle, "vector"))
  }
}

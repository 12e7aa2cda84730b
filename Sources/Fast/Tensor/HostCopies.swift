import CTorchTable
import LeRobotCore

extension Tensor {
  /// Copies a host tensor to a device, keeping its element type. Pictures go there as bytes and
  /// become numbers when they have arrived.
  package convenience init(_ host: HostTensor, device: Device = .cpu) throws(TorchError) {
    if case .picture(let picture) = host.storage {
      let handle = host.shape.withInt64s {
        ct_from_picture(
          picture.bytes, $0, $1, picture.table, Int64(picture.period), Int64(picture.inner),
          device.index)
      }
      self.init(
        owning: try received(handle, "copying pictures of shape \(host.shape) to \(device)"))
      return
    }
    let copied = host.storage.withBytes { bytes in
      host.shape.withInt64s {
        ct_from_bytes(bytes.baseAddress, $0, $1, host.dataType.rawValue, device.index)
      }
    }
    self.init(owning: try received(copied, "copying a tensor of shape \(host.shape) to \(device)"))
  }

  /// A copy of the elements in host memory; bfloat16 becomes float32.
  package func host() throws(TorchError) -> HostTensor {
    switch dataType {
    case .bool: HostTensor(try elements(of: Bool.self), shape: shape)
    case .uint8: HostTensor(try elements(of: UInt8.self), shape: shape)
    case .int64: HostTensor(try elements(of: Int64.self), shape: shape)
    case .float32: HostTensor(try elements(of: Float.self), shape: shape)
    case .float64: HostTensor(try elements(of: Double.self), shape: shape)
    case .bfloat16: try detached().to(.float32).host()
    }
  }

  /// The elements, written once into memory that nothing has touched before.
  private func elements<Element: BitwiseCopyable>(
    of type: Element.Type
  ) throws(TorchError) -> [Element] {
    let count = count
    var status: Int32 = 0
    let elements = [Element](unsafeUninitializedCapacity: count) { buffer, initializedCount in
      status = ct_copy_out(handle, buffer.baseAddress, count * MemoryLayout<Element>.stride)
      initializedCount = status == 0 ? count : 0
    }
    try check(status, "reading a tensor of shape \(shape)")
    return elements
  }
}

extension HostTensor {
  /// libtorch's element type of the same meaning.
  var dataType: DataType {
    switch scalarType {
    case .bool: .bool
    case .uint8: .uint8
    case .int64: .int64
    case .float32: .float32
    case .float64: .float64
    }
  }
}

extension HostTensor.Storage {
  /// The elements' memory.
  func withBytes<Result>(_ body: (UnsafeRawBufferPointer) -> Result) -> Result {
    switch self {
    case .bool(let values): values.withUnsafeBytes(body)
    case .uint8(let values): values.withUnsafeBytes(body)
    case .int64(let values): values.withUnsafeBytes(body)
    case .float32(let values): values.withUnsafeBytes(body)
    case .float64(let values): values.withUnsafeBytes(body)
    case .picture(let picture): picture.numbers.withUnsafeBytes(body)
    }
  }
}

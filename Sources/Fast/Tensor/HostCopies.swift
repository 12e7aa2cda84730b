import CTorchTable
import Foundation
import LeRobotCore

extension Tensor {
  /// Copies a host tensor to a device, keeping its element type.
  package convenience init(_ host: HostTensor, device: Device = .cpu) throws(TorchError) {
    let copied = host.withTorchBytes { bytes in
      host.shape.withInt64s {
        ct_from_bytes(bytes.baseAddress, $0, $1, DataType(host.scalarType).rawValue, device.index)
      }
    }
    self.init(owning: try received(copied, "copying a tensor of shape \(host.shape) to \(device)"))
  }

  /// The numbers of pictures, float32. They go to a device as bytes and become numbers there.
  package convenience init(_ picture: PictureBytes, device: Device = .cpu) throws(TorchError) {
    let handle = picture.shape.withInt64s {
      ct_from_picture(
        picture.bytes, $0, $1, picture.table, Int64(picture.period), Int64(picture.inner),
        device.index)
    }
    self.init(
      owning: try received(handle, "copying pictures of shape \(picture.shape) to \(device)"))
  }

  /// A copy of the elements in host memory, in their own type.
  package func host() throws(TorchError) -> HostTensor {
    switch dataType {
    case .bool: HostTensor(try elements(of: Bool.self), shape: shape)
    case .uint8: HostTensor(try elements(of: UInt8.self), shape: shape)
    case .int64: HostTensor(try elements(of: Int64.self), shape: shape)
    case .float32: HostTensor(try elements(of: Float.self), shape: shape)
    case .float64: HostTensor(try elements(of: Double.self), shape: shape)
    case .int8, .int16, .uint16, .int32, .uint32, .uint64, .float16, .bfloat16:
      HostTensor(
        dataType.scalarType, shape: shape, buffer: HostBuffer(try elements(of: UInt8.self)))
    }
  }

  /// The elements, written once into memory that nothing has touched before.
  private func elements<Element: BitwiseCopyable>(
    of type: Element.Type
  ) throws(TorchError) -> [Element] {
    let byteCount = count * dataType.scalarType.size
    try askForMemory(byteCount, "reading a tensor of shape \(shape)")
    var status: Int32 = 0
    let elements = [Element](
      unsafeUninitializedCapacity: byteCount / MemoryLayout<Element>.stride
    ) { buffer, initializedCount in
      status = ct_copy_out(handle, buffer.baseAddress, byteCount)
      initializedCount = status == 0 ? byteCount / MemoryLayout<Element>.stride : 0
    }
    try check(status, "reading a tensor of shape \(shape)")
    return elements
  }
}

/// Throws where the host refuses so many bytes; an array of Swift's would end the process with a
/// stack trace. By `mmap`, since an optimiser removes a `malloc` that nobody uses.
private func askForMemory(_ bytes: Int, _ operation: String) throws(TorchError) {
  guard bytes >= 1 << 20 else { return }
  let memory = mmap(
    nil, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)
  guard memory != MAP_FAILED else {
    throw .outOfMemory(
      operation: operation, reason: "not enough memory: you tried to allocate \(bytes) bytes")
  }
  munmap(memory, bytes)
}

extension Tensor {
  /// A tensor of the CPU over the very memory of a host tensor, which it keeps; nil where that memory
  /// may move, is not aligned, or holds booleans.
  convenience init?(sharing host: HostTensor) throws(TorchError) {
    guard let bytes = host.buffer.fixedBytes, let address = bytes.baseAddress, bytes.count > 0,
      UInt(bitPattern: address).isMultiple(of: UInt(host.scalarType.size)),
      host.scalarType != .bool
    else { return nil }
    let owner = Unmanaged.passRetained(SharedBuffer(host.buffer)).toOpaque()
    let handle = host.shape.withInt64s {
      ct_over_memory(
        UnsafeMutableRawPointer(mutating: address), $0, $1, DataType(host.scalarType).rawValue,
        owner,
        { owner in
          if let owner { Unmanaged<SharedBuffer>.fromOpaque(owner).release() }
        })
    }
    self.init(owning: try received(handle, "sharing a tensor of shape \(host.shape)"))
  }

  /// x ← the elements of a host tensor of this shape, converted to this type and device.
  func assign(_ host: HostTensor) throws(TorchError) {
    let status = host.withTorchBytes { bytes in
      ct_copy_in_(handle, bytes.baseAddress, DataType(host.scalarType).rawValue)
    }
    try check(status, "loading a tensor of shape \(host.shape)")
  }

  /// How often the tensor was written to in place; any thread may ask.
  var writeCount: Int { Int(ct_write_count(handle)) }
}

/// Keeps a host tensor's memory while a libtorch tensor uses it.
private final class SharedBuffer {
  let buffer: HostBuffer

  init(_ buffer: HostBuffer) { self.buffer = buffer }
}

extension HostTensor {
  /// The bytes as libtorch takes them: a boolean is 0 or 1, whatever byte stood in the file.
  fileprivate func withTorchBytes<Result>(_ body: (UnsafeRawBufferPointer) -> Result) -> Result {
    values(of: Bool.self)?.withUnsafeBytes(body) ?? buffer.withUnsafeBytes(body)
  }
}

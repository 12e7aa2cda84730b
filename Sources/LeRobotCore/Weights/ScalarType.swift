/// Element types of tensors in files, datasets and engines, by the names of the safetensors format.
///
/// The order of the cases is that of the format's writer. It sorts tensors by type, the last type
/// first, so that every tensor is aligned to its own element.
package enum ScalarType: String, Sendable, CaseIterable {
  case bool = "BOOL"
  case uint8 = "U8"
  case int8 = "I8"
  case int16 = "I16"
  case uint16 = "U16"
  case float16 = "F16"
  case bfloat16 = "BF16"
  case int32 = "I32"
  case uint32 = "U32"
  case float32 = "F32"
  case float64 = "F64"
  case int64 = "I64"
  case uint64 = "U64"

  /// Bytes of one element.
  package var size: Int {
    switch self {
    case .bool, .uint8, .int8: 1
    case .int16, .uint16, .float16, .bfloat16: 2
    case .int32, .uint32, .float32: 4
    case .float64, .int64, .uint64: 8
    }
  }

  /// Whether the elements are real numbers.
  package var isFloatingPoint: Bool {
    switch self {
    case .float16, .bfloat16, .float32, .float64: true
    case .bool, .uint8, .int8, .int16, .uint16, .int32, .uint32, .int64, .uint64: false
    }
  }

  /// Place in the order of the format's writer; the highest is written first.
  var rank: Int { Self.allCases.firstIndex(of: self) ?? 0 }
}

/// A Swift type whose values are the elements of a tensor, bit for bit.
package protocol HostElement: BitwiseCopyable, Sendable, Equatable {
  /// The element type of a tensor of these values.
  static var scalarType: ScalarType { get }
  /// The element that begins at a byte, at any alignment.
  static func load(_ bytes: UnsafeRawBufferPointer, at offset: Int) -> Self
}

extension HostElement {
  @inline(__always)
  package static func load(_ bytes: UnsafeRawBufferPointer, at offset: Int) -> Self {
    bytes.loadUnaligned(fromByteOffset: offset, as: Self.self)
  }
}

extension Bool: HostElement {
  package static var scalarType: ScalarType { .bool }

  /// Any byte but zero is true: a Bool of another bit pattern would be undefined.
  package static func load(_ bytes: UnsafeRawBufferPointer, at offset: Int) -> Bool {
    bytes[offset] != 0
  }
}

extension UInt8: HostElement { package static var scalarType: ScalarType { .uint8 } }
extension Int8: HostElement { package static var scalarType: ScalarType { .int8 } }
extension Int16: HostElement { package static var scalarType: ScalarType { .int16 } }
extension UInt16: HostElement { package static var scalarType: ScalarType { .uint16 } }
extension Float16: HostElement { package static var scalarType: ScalarType { .float16 } }
extension Int32: HostElement { package static var scalarType: ScalarType { .int32 } }
extension UInt32: HostElement { package static var scalarType: ScalarType { .uint32 } }
extension Float: HostElement { package static var scalarType: ScalarType { .float32 } }
extension Double: HostElement { package static var scalarType: ScalarType { .float64 } }
extension Int64: HostElement { package static var scalarType: ScalarType { .int64 } }
extension UInt64: HostElement { package static var scalarType: ScalarType { .uint64 } }

/// Element types of a safetensors file.
///
/// The order of the cases is that of the format's writer, which sorts tensors by it, the last
/// type first, so that every tensor is aligned to its own element.
package enum SafetensorsType: String, Sendable, CaseIterable {
  case bool = "BOOL"
  case uint8 = "U8"
  case int8 = "I8"
  case int16 = "I16"
  case float16 = "F16"
  case bfloat16 = "BF16"
  case int32 = "I32"
  case float32 = "F32"
  case float64 = "F64"
  case int64 = "I64"

  /// Bytes of one element.
  package var size: Int {
    switch self {
    case .bool, .uint8, .int8: 1
    case .int16, .float16, .bfloat16: 2
    case .int32, .float32: 4
    case .float64, .int64: 8
    }
  }

  /// The type a host tensor is written as.
  package init(_ type: ScalarType) {
    self =
      switch type {
      case .bool: .bool
      case .uint8: .uint8
      case .int64: .int64
      case .float32: .float32
      case .float64: .float64
      }
  }

  /// Whether the writer can turn a host tensor of type `source` into this type.
  func isWritable(from source: ScalarType) -> Bool {
    switch self {
    case .int8, .int16, .int32: source == .int64
    case .float16, .bfloat16: source == .float32
    default: self == SafetensorsType(source)
    }
  }

  /// Place in the writer's order; the highest is written first.
  var rank: Int { Self.allCases.firstIndex(of: self) ?? 0 }
}

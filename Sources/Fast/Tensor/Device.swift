import LeRobotCore

/// Where a tensor lies and is computed with.
package struct Device: Sendable, Equatable, CustomStringConvertible {
  /// -1 is the CPU, otherwise the number of a CUDA device.
  let index: Int32

  /// The processor, and one of the CUDA devices.
  package static let cpu = Device(index: -1)
  package static func cuda(_ index: Int) -> Device { Device(index: Int32(index)) }

  package var isCPU: Bool { index < 0 }
  package var description: String { isCPU ? "cpu" : "cuda:\(index)" }
}

/// Element types a tensor can have, by libtorch's numbers.
package enum DataType: Int32, Sendable {
  case uint8 = 0
  case int8 = 1
  case int16 = 2
  case int32 = 3
  case int64 = 4
  case float16 = 5
  case float32 = 6
  case float64 = 7
  case bool = 11
  case bfloat16 = 15
  case uint16 = 27
  case uint32 = 28
  case uint64 = 29

  /// The type of the same meaning.
  package init(_ type: ScalarType) {
    self =
      switch type {
      case .bool: .bool
      case .uint8: .uint8
      case .int8: .int8
      case .int16: .int16
      case .uint16: .uint16
      case .float16: .float16
      case .bfloat16: .bfloat16
      case .int32: .int32
      case .uint32: .uint32
      case .float32: .float32
      case .float64: .float64
      case .int64: .int64
      case .uint64: .uint64
      }
  }

  /// The same type in files and host tensors.
  package var scalarType: ScalarType {
    switch self {
    case .bool: .bool
    case .uint8: .uint8
    case .int8: .int8
    case .int16: .int16
    case .uint16: .uint16
    case .float16: .float16
    case .bfloat16: .bfloat16
    case .int32: .int32
    case .uint32: .uint32
    case .float32: .float32
    case .float64: .float64
    case .int64: .int64
    case .uint64: .uint64
    }
  }

  /// Whether the elements are real numbers.
  package var isFloatingPoint: Bool { scalarType.isFloatingPoint }
}

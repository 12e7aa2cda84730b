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
  case int64 = 4
  case float32 = 6
  case float64 = 7
  case bool = 11
  case bfloat16 = 15

  /// Whether the elements are real numbers.
  package var isFloatingPoint: Bool {
    switch self {
    case .float32, .float64, .bfloat16: true
    case .uint8, .int64, .bool: false
    }
  }
}

/// Numbers of 8 significant bits with a float32's range: its upper half, rounded to nearest, ties to even
/// (c10/util/BFloat16.h, `round_to_nearest_even`).
package enum BFloat16 {
  /// The bits of the nearest one.
  package static func bits(_ x: Float) -> UInt16 {
    guard !x.isNaN else { return 0x7fc0 }
    let bits = x.bitPattern
    return UInt16((UInt64(bits) + 0x7fff + UInt64(bits >> 16 & 1)) >> 16)
  }

  /// The nearest one.
  package static func rounded(_ x: Float) -> Float {
    Float(bitPattern: UInt32(bits(x)) << 16)
  }
}

extension HostTensor {
  /// Numbers rounded to a type of real numbers.
  package init(_ values: [Double], as type: ScalarType, shape: [Int]) {
    switch type {
    case .float64: self.init(values, shape: shape)
    case .float16: self.init(values.map { Float16(Float($0)) }, shape: shape)
    case .bfloat16:
      self.init(
        .bfloat16, shape: shape, buffer: HostBuffer(values.map { BFloat16.bits(Float($0)) }))
    default: self.init(values.map(Float.init), shape: shape)
    }
  }
}

/// The two 16-bit float formats, as bits; tensors of them are held as float32.
enum HalfPrecision {
  /// IEEE 754 binary16 to float32; exact.
  static func float16(_ bits: UInt16) -> Float { Float(Float16(bitPattern: bits)) }

  /// float32 to binary16, rounding to nearest, ties to even.
  static func float16Bits(_ value: Float) -> UInt16 { Float16(value).bitPattern }

  /// bfloat16 is the upper half of a float32; exact.
  static func bfloat16(_ bits: UInt16) -> Float { Float(bitPattern: UInt32(bits) << 16) }

  /// float32 to bfloat16, rounding to nearest, ties to even (torch `c10/util/BFloat16.h`).
  static func bfloat16Bits(_ value: Float) -> UInt16 {
    if value.isNaN { return 0x7FC0 }
    let bits = value.bitPattern
    let roundingBias = 0x7FFF + (bits >> 16 & 1)
    return UInt16(truncatingIfNeeded: (bits &+ roundingBias) >> 16)
  }
}

import LeRobotCore

/// A small generator whose numbers are the same everywhere, for properties that print their seed
/// (Steele, Lea & Flood 2014, "Fast splittable pseudorandom number generators").
package struct SplitMix64: RandomNumberGenerator {
  private var state: UInt64

  package init(seed: UInt64) { state = seed }

  package mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var mixed = state
    mixed = (mixed ^ mixed >> 30) &* 0xBF58_476D_1CE4_E5B9
    mixed = (mixed ^ mixed >> 27) &* 0x94D0_49BB_1331_11EB
    return mixed ^ mixed >> 31
  }
}

extension HostTensor {
  /// A tensor of any type and of a small shape of up to three axes, empty ones included.
  package static func random(using generator: inout some RandomNumberGenerator) -> HostTensor {
    let shape = (0..<Int.random(in: 0...3, using: &generator)).map { _ in
      Int.random(in: 0...4, using: &generator)
    }
    let count = shape.reduce(1, *)
    func numbers<Element: HostElement>(_ next: (inout SplitMix64) -> Element) -> HostTensor {
      var numbers = SplitMix64(seed: generator.next())
      return HostTensor((0..<count).map { _ in next(&numbers) }, shape: shape)
    }
    let type = ScalarType.allCases.randomElement(using: &generator) ?? .float32
    switch type {
    case .bool: return numbers { Bool.random(using: &$0) }
    case .uint8: return numbers { UInt8.random(in: .min ... .max, using: &$0) }
    case .int8: return numbers { Int8.random(in: .min ... .max, using: &$0) }
    case .int16: return numbers { Int16.random(in: .min ... .max, using: &$0) }
    case .uint16: return numbers { UInt16.random(in: .min ... .max, using: &$0) }
    case .int32: return numbers { Int32.random(in: .min ... .max, using: &$0) }
    case .uint32: return numbers { UInt32.random(in: .min ... .max, using: &$0) }
    case .int64: return numbers { Int64.random(in: .min ... .max, using: &$0) }
    case .uint64: return numbers { UInt64.random(in: .min ... .max, using: &$0) }
    case .float16: return numbers { Float16(Float.random(in: -1...1, using: &$0)) }
    case .float32: return numbers { Float.random(in: -1...1, using: &$0) }
    case .float64: return numbers { Double.random(in: -1...1, using: &$0) }
    case .bfloat16:
      let bits = numbers { UInt16(Float.random(in: -1...1, using: &$0).bitPattern >> 16) }
      return HostTensor(.bfloat16, shape: shape, buffer: bits.buffer)
    }
  }
}

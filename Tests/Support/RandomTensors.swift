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
    let indices = 0..<shape.reduce(1, *)
    switch ScalarType.allCases.randomElement(using: &generator) ?? .float32 {
    case .bool:
      return HostTensor(indices.map { _ in Bool.random(using: &generator) }, shape: shape)
    case .uint8:
      return HostTensor(
        indices.map { _ in UInt8.random(in: 0...255, using: &generator) }, shape: shape)
    case .int64:
      return HostTensor(
        indices.map { _ in Int64.random(in: .min ... .max, using: &generator) }, shape: shape)
    case .float32:
      return HostTensor(
        indices.map { _ in Float.random(in: -1...1, using: &generator) }, shape: shape)
    case .float64:
      return HostTensor(
        indices.map { _ in Double.random(in: -1...1, using: &generator) }, shape: shape)
    }
  }
}

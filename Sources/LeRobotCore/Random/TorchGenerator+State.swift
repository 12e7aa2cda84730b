/// What can be wrong with saved states of random generators.
package enum RandomStateError: Error, Equatable, CustomStringConvertible {
  case wrongSize(generator: String, expected: Int, found: Int)
  case invalid(generator: String, field: String, value: Int)

  package var description: String {
    switch self {
    case .wrongSize(let generator, let expected, let found):
      "\(generator) random state: \(found) entries instead of \(expected); "
        + "it was cut short or saved by another program, resume from another checkpoint"
    case .invalid(let generator, let field, let value):
      "\(generator) random state: \(field) is \(value), which no generator produces; "
        + "resume from another checkpoint"
    }
  }
}

/// `torch.get_rng_state()`: the C struct `CPUGeneratorImplState` of ATen/CPUGeneratorImpl.cpp.
///
///     offset  field
///          0  initial seed, uint64
///          8  left, int32: draws up to and including the one that refills
///         12  seeded, int32
///         16  next, uint64: position in the block
///         24  624 words, uint64 each
///       5016  normal_x, normal_y, normal_rho, float64
///       5040  normal_is_valid, int32, and padding
///       5048  next float normal, float32; whether it is valid, bool; padding
extension TorchGenerator {
  /// Bytes of a saved state.
  package static let stateSize = 5056

  private enum Offset {
    static let left = 8
    static let seeded = 12
    static let next = 16
    static let words = 24
    static let normal = 5024
    static let normalIsValid = 5040
    static let floatNormal = 5048
    static let floatNormalIsValid = 5052
  }

  /// The state as `torch.get_rng_state()` returns it, `stateSize` bytes.
  package var state: [UInt8] {
    var bytes = [UInt8](repeating: 0, count: Self.stateSize)
    let count = MersenneTwister.wordCount
    bytes.put(initialSeed, at: 0)
    bytes.put(Int32(isFresh ? 1 : count + 1 - engine.position), at: Offset.left)
    bytes.put(Int32(1), at: Offset.seeded)
    bytes.put(UInt64(isFresh ? 0 : engine.position), at: Offset.next)
    for (index, word) in engine.words.enumerated() {
      bytes.put(UInt64(word), at: Offset.words + 8 * index)
    }
    if let cachedNormal {
      bytes.put(cachedNormal.bitPattern, at: Offset.normal)
      bytes.put(Int32(1), at: Offset.normalIsValid)
    }
    if let cachedFloatNormal {
      bytes.put(cachedFloatNormal.bitPattern, at: Offset.floatNormal)
      bytes[Offset.floatNormalIsValid] = 1
    }
    return bytes
  }

  /// Restores a state that `torch.get_rng_state()` returned.
  package init(state bytes: [UInt8]) throws(RandomStateError) {
    guard bytes.count == Self.stateSize else {
      throw .wrongSize(generator: "torch", expected: Self.stateSize, found: bytes.count)
    }
    let count = MersenneTwister.wordCount
    let left = Int(bytes.get(Int32.self, at: Offset.left))
    let next = bytes.get(UInt64.self, at: Offset.next)
    guard (1...count).contains(left) else {
      throw .invalid(generator: "torch", field: "left", value: left)
    }
    guard next <= UInt64(count) else {
      throw .invalid(generator: "torch", field: "next", value: Int(truncatingIfNeeded: next))
    }
    initialSeed = bytes.get(UInt64.self, at: 0)
    isFresh = left == 1 && next == 0
    engine = MersenneTwister(
      words: (0..<count).map { index in
        UInt32(truncatingIfNeeded: bytes.get(UInt64.self, at: Offset.words + 8 * index))
      },
      position: isFresh ? count : Int(next))
    if bytes.get(Int32.self, at: Offset.normalIsValid) != 0 {
      cachedNormal = Double(bitPattern: bytes.get(UInt64.self, at: Offset.normal))
    }
    if bytes[Offset.floatNormalIsValid] != 0 {
      cachedFloatNormal = Float(bitPattern: bytes.get(UInt32.self, at: Offset.floatNormal))
    }
  }
}

extension [UInt8] {
  /// Writes an integer in little-endian order.
  fileprivate mutating func put(_ value: some FixedWidthInteger, at offset: Int) {
    for index in 0..<(value.bitWidth / 8) {
      self[offset + index] = UInt8(truncatingIfNeeded: value >> (8 * index))
    }
  }

  /// Reads an integer in little-endian order.
  fileprivate func get<Value: FixedWidthInteger>(_: Value.Type, at offset: Int) -> Value {
    (0..<(Value.bitWidth / 8)).reduce(0) { value, index in
      value | Value(truncatingIfNeeded: self[offset + index]) << (8 * index)
    }
  }
}

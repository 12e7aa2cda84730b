/// Spreads a seed over as many words as a generator needs (numpy `random/bit_generator.pyx`,
/// `SeedSequence`, after M. E. O'Neill's `seed_seq_fe`).
struct SeedSequence {
  private static let poolSize = 4
  private var pool: [UInt32]

  /// A sequence without spawn key.
  init(_ entropy: UInt64) {
    let high = UInt32(truncatingIfNeeded: entropy >> 32)
    let words = [UInt32(truncatingIfNeeded: entropy)] + (high == 0 ? [] : [high])
    var hash = Hash(constant: 0x43b0_d7e5, multiplier: 0x931e_8875)
    pool = (0..<Self.poolSize).map { hash($0 < words.count ? words[$0] : 0) }
    for source in 0..<Self.poolSize {
      for target in 0..<Self.poolSize where target != source {
        pool[target] = Self.mix(pool[target], hash(pool[source]))
      }
    }
  }

  /// As `generate_state(count, numpy.uint64)`.
  func words64(_ count: Int) -> [UInt64] {
    var hash = Hash(constant: 0x8b51_f9dd, multiplier: 0x58f3_8ded)
    let halves = (0..<(2 * count)).map { UInt64(hash(pool[$0 % Self.poolSize])) }
    return (0..<count).map { halves[2 * $0] | halves[2 * $0 + 1] << 32 }
  }

  private static func mix(_ x: UInt32, _ y: UInt32) -> UInt32 {
    let mixed = 0xca01_f9dd &* x &- 0x4973_f715 &* y
    return mixed ^ mixed >> 16
  }

  /// A hash whose constant changes with every word.
  private struct Hash {
    var constant: UInt32
    let multiplier: UInt32

    mutating func callAsFunction(_ word: UInt32) -> UInt32 {
      let scrambled = word ^ constant
      constant &*= multiplier
      let product = scrambled &* constant
      return product ^ product >> 16
    }
  }
}

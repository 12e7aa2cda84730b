/// NumPy's generator since 1.17, `numpy.random.default_rng(seed)`: PCG XSL-RR 128/64
/// (M. E. O'Neill, "PCG: A Family of Simple Fast Space-Efficient Statistically Good Algorithms for
/// Random Number Generation", HMC-CS-2014-0905), and what `numpy.random.Generator` draws from it.
package struct PCG64Generator: Sendable, Equatable {
  private static let multiplier: UInt128 = 0x2360_ed05_1fc6_5da4_4385_df64_9fcc_f645

  private var state: UInt128 = 0
  private let increment: UInt128
  /// The upper half of a 64-bit word whose lower half was drawn as 32 bits.
  private var spareHalf: UInt32?

  /// As `numpy.random.default_rng(seed)`.
  package init(seed: UInt64) {
    let words = SeedSequence(seed).words64(4).map { UInt128($0) }
    increment = (words[2] << 64 | words[3]) << 1 | 1
    step()
    state &+= words[0] << 64 | words[1]
    step()
  }

  private mutating func step() {
    state = state &* Self.multiplier &+ increment
  }

  /// The next 64 random bits.
  package mutating func next64() -> UInt64 {
    step()
    let folded = UInt64(truncatingIfNeeded: state >> 64) ^ UInt64(truncatingIfNeeded: state)
    let rotation = UInt64(truncatingIfNeeded: state >> 122)
    return folded >> rotation | folded << ((64 &- rotation) & 63)
  }

  /// The next 32 random bits: two draws share a word, its lower half first.
  package mutating func next32() -> UInt32 {
    if let half = spareHalf {
      spareHalf = nil
      return half
    }
    let word = next64()
    spareHalf = UInt32(truncatingIfNeeded: word >> 32)
    return UInt32(truncatingIfNeeded: word)
  }

  /// As `random()`: in [0, 1), 53 bits.
  package mutating func uniform() -> Double {
    Double(next64() >> 11) * 0x1p-53
  }

  /// As `uniform(low, high)`.
  package mutating func uniform(from low: Double, to high: Double) -> Double {
    low + (high - low) * uniform()
  }

  /// As `integers(low, high)`: the upper half of word × width, the few words that would favour
  /// some results dropped (D. Lemire, arXiv:1805.10941).
  package mutating func integer(in range: Range<Int>) -> Int {
    precondition(!range.isEmpty, "PCG64Generator.integer: empty range \(range)")
    let width = UInt64(range.upperBound - range.lowerBound)
    if width == 1 { return range.lowerBound }
    let offset =
      width <= 1 << 32 ? UInt64(bounded32(width)) : bounded64(width)
    return range.lowerBound + Int(offset)
  }

  private mutating func bounded32(_ width: UInt64) -> UInt32 {
    if width == 1 << 32 { return next32() }
    let threshold = (1 << 32 - width) % width
    while true {
      let product = UInt64(next32()) * width
      if product & 0xffff_ffff >= threshold { return UInt32(product >> 32) }
    }
  }

  private mutating func bounded64(_ width: UInt64) -> UInt64 {
    let threshold = (0 &- width) % width
    while true {
      let product = next64().multipliedFullWidth(by: width)
      if product.low >= threshold { return product.high }
    }
  }
}

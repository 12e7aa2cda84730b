import Foundation

/// NumPy's legacy generator, `numpy.random.RandomState` and the functions of `numpy.random`:
/// MT19937, and what NumPy makes of its words (numpy `random/src/legacy`, `mt19937.c`).
package struct NumPyGenerator: Sendable, Equatable {
  /// The twister: `get_state()[1]` and `[2]`.
  package var engine: MersenneTwister
  /// The second normal of a pair, kept for the next draw: `get_state()[3]` and `[4]`.
  package var cachedNormal: Double?

  /// As `numpy.random.seed(seed)`.
  package init(seed: UInt32) {
    engine = MersenneTwister(seed: seed)
  }

  /// As `numpy.random.set_state`.
  package init(engine: MersenneTwister, cachedNormal: Double? = nil) {
    self.engine = engine
    self.cachedNormal = cachedNormal
  }

  /// As `random_sample()`: in [0, 1).
  package mutating func uniform() -> Double {
    engine.nextDouble()
  }

  /// As `uniform(low, high)`.
  package mutating func uniform(from low: Double, to high: Double) -> Double {
    low + (high - low) * engine.nextDouble()
  }

  /// As `randint(low, high)`: words cut to as many bits as the width has, too large ones dropped.
  package mutating func integer(in range: Range<Int>) -> Int {
    let last = UInt64(bitPattern: Int64(range.upperBound - 1 - range.lowerBound))
    let mask = last == 0 ? 0 : UInt64.max >> last.leadingZeroBitCount
    if last == 0 { return range.lowerBound }
    while true {
      let word = last > UInt32.max ? next64() : UInt64(engine.next())
      if word & mask <= last { return range.lowerBound + Int(word & mask) }
    }
  }

  /// As `randn()`: Marsaglia's polar method (SIAM Review 6(3), 1964).
  package mutating func normal() -> Double {
    if let kept = cachedNormal {
      cachedNormal = nil
      return kept
    }
    while true {
      let x = 2 * engine.nextDouble() - 1
      let y = 2 * engine.nextDouble() - 1
      let square = x * x + y * y
      if square >= 1 || square == 0 { continue }
      let scale = (-2 * log(square) / square).squareRoot()
      cachedNormal = scale * x
      return scale * y
    }
  }

  private mutating func next64() -> UInt64 {
    let high = UInt64(engine.next())
    return high << 32 | UInt64(engine.next())
  }
}

/// Python's `random` module: MT19937, and what Python makes of its words
/// (CPython 3.11 `Modules/_randommodule.c`, `Lib/random.py`).
package struct PythonGenerator: Sendable, Equatable {
  /// The version that `getstate()[0]` shows.
  package static let stateVersion = 3

  private var engine: MersenneTwister

  /// As `random.seed(seed)` of an integer: its magnitude, 32 bits a word, low first.
  package init(seed: Int) {
    let magnitude = seed.magnitude
    let low = UInt32(truncatingIfNeeded: magnitude)
    let high = UInt32(truncatingIfNeeded: magnitude >> 32)
    engine = MersenneTwister(key: high == 0 ? [low] : [low, high])
  }

  /// `getstate()[1]`: 624 words and the position.
  package var state: [UInt32] {
    engine.words + [UInt32(engine.position)]
  }

  /// Restores the state `getstate()[1]`.
  package init(state: [UInt32]) throws(RandomStateError) {
    let count = MersenneTwister.wordCount
    guard state.count == count + 1 else {
      throw .wrongSize(generator: "Python", expected: count + 1, found: state.count)
    }
    guard state[count] <= count else {
      throw .invalid(generator: "Python", field: "position", value: Int(state[count]))
    }
    engine = MersenneTwister(words: Array(state[..<count]), position: Int(state[count]))
  }

  /// As `random.random()`: in [0, 1).
  package mutating func uniform() -> Double {
    engine.nextDouble()
  }

  /// As `random.getrandbits(count)`, for a count of 1 to 64.
  package mutating func bits(_ count: Int) -> UInt64 {
    precondition((1...64).contains(count), "PythonGenerator.bits: \(count) bits")
    if count <= 32 { return UInt64(engine.next() >> UInt32(32 - count)) }
    let low = UInt64(engine.next())
    return low | UInt64(engine.next() >> UInt32(64 - count)) << 32
  }

  /// As `random.randrange(start, stop)`: too large draws are dropped.
  package mutating func integer(in range: Range<Int>) -> Int {
    precondition(!range.isEmpty, "PythonGenerator.integer: empty range \(range)")
    let width = UInt64(range.upperBound - range.lowerBound)
    let bitCount = UInt64.bitWidth - width.leadingZeroBitCount
    while true {
      let draw = bits(bitCount)
      if draw < width { return range.lowerBound + Int(draw) }
    }
  }

  /// As `random.shuffle(elements)`: Fisher-Yates from the back.
  package mutating func shuffle<Element>(_ elements: inout [Element]) {
    for index in stride(from: elements.count - 1, to: 0, by: -1) {
      elements.swapAt(index, integer(in: 0..<(index + 1)))
    }
  }
}

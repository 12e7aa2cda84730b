/// The 32-bit Mersenne Twister that torch, NumPy and Python all draw from.
///
/// Matsumoto & Nishimura, "Mersenne Twister: a 623-dimensionally equidistributed uniform
/// pseudorandom number generator" (ACM TOMACS 8(1), 1998), recurrence (2.1), with the seeding of
/// their 2002 revision. The three libraries seed it differently and make different numbers of its
/// words: see `TorchGenerator`, `NumPyGenerator` and `PythonGenerator`.
package struct MersenneTwister: Sendable, Equatable {
  /// Words in the state (n of the paper).
  package static let wordCount = 624
  /// Distance to the word that is mixed in (m of the paper).
  private static let shift = 397

  /// The state vector, `wordCount` words.
  package var words: [UInt32]
  /// The next word to hand out; `wordCount` when the block is used up.
  package var position: Int

  /// Takes over a state; `words` must have `wordCount` entries, `position` lie in 0...wordCount.
  package init(words: [UInt32], position: Int) {
    precondition(
      words.count == Self.wordCount && (0...Self.wordCount).contains(position),
      "MersenneTwister: \(words.count) words at position \(position)")
    self.words = words
    self.position = position
  }

  /// Seeds from one word (`init_genrand` of the 2002 code).
  package init(seed: UInt32) {
    var words = [UInt32](repeating: seed, count: Self.wordCount)
    for index in 1..<Self.wordCount {
      let previous = words[index - 1]
      words[index] = 1_812_433_253 &* (previous ^ (previous >> 30)) &+ UInt32(index)
    }
    self.init(words: words, position: Self.wordCount)
  }

  /// Seeds from several words (`init_by_array` of the 2002 code); `key` must not be empty.
  package init(key: [UInt32]) {
    self.init(seed: 19_650_218)
    var index = 1
    var keyIndex = 0
    for _ in 0..<max(Self.wordCount, key.count) {
      let mixed = (words[index - 1] ^ (words[index - 1] >> 30)) &* 1_664_525
      words[index] = (words[index] ^ mixed) &+ key[keyIndex] &+ UInt32(keyIndex)
      advance(&index)
      keyIndex = (keyIndex + 1) % key.count
    }
    for _ in 1..<Self.wordCount {
      let mixed = (words[index - 1] ^ (words[index - 1] >> 30)) &* 1_566_083_941
      words[index] = (words[index] ^ mixed) &- UInt32(index)
      advance(&index)
    }
    words[0] = 0x8000_0000
  }

  /// Steps through 1..<wordCount cyclically, carrying the last word over to the first.
  private mutating func advance(_ index: inout Int) {
    index += 1
    if index == Self.wordCount {
      words[0] = words[Self.wordCount - 1]
      index = 1
    }
  }

  /// The next 32 random bits.
  package mutating func next() -> UInt32 {
    if position == Self.wordCount { refill() }
    var word = words[position]
    position += 1
    word ^= word >> 11
    word ^= (word << 7) & 0x9d2c_5680
    word ^= (word << 15) & 0xefc6_0000
    word ^= word >> 18
    return word
  }

  /// A Double in [0, 1) of 53 bits from two words, as NumPy and Python make it.
  package mutating func nextDouble() -> Double {
    let high = Double(next() >> 5)
    let low = Double(next() >> 6)
    return (high * 67_108_864 + low) / 9_007_199_254_740_992
  }

  /// Advances the whole state by one block.
  private mutating func refill() {
    let count = Self.wordCount
    words.withUnsafeMutableBufferPointer { words in
      for index in 0..<count {
        let mixed = (words[index] & 0x8000_0000) | (words[(index + 1) % count] & 0x7fff_ffff)
        let twisted = (mixed >> 1) ^ (mixed & 1 == 0 ? 0 : 0x9908_b0df)
        words[index] = words[(index + Self.shift) % count] ^ twisted
      }
    }
    position = 0
  }
}

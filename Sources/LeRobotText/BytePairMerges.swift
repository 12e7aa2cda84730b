/// A byte-pair encoding: a word's characters become tokens, and neighbours are merged by rank as long
/// as the table knows a merge (`tokenizers`, `models/bpe`; Sennrich et al., arXiv:1508.07909).
struct BytePairMerges: Sendable {
  /// What stands for a character that is not in the vocabulary.
  struct Fallback: Sendable {
    /// The token for the unknown; without one, such characters vanish.
    var unknown: UInt32?
    /// One token for a whole run of them.
    var isFused = false
    /// The tokens `<0x00>` … `<0xFF>`, tried first; nil where the model does not use them.
    var bytes: [UInt32?]?
  }

  let pieces: PieceTable
  private let merges: MergeTable
  private let fallback: Fallback
  /// The id + 1 of each character below U+0200, in which the byte alphabet lies; 0 for none.
  private let lowIDs: [UInt32]

  init(_ pieces: PieceTable, _ merges: MergeTable, _ fallback: Fallback) {
    (self.pieces, self.merges, self.fallback) = (pieces, merges, fallback)
    lowIDs = (0..<0x200).map { value in
      Unicode.Scalar(UInt32(value)).flatMap { pieces.id(of: String($0)) }.map { $0 + 1 } ?? 0
    }
  }

  /// The tokens of a word; for Gemma that is a whole text.
  func ids(of word: some Sequence<Unicode.Scalar>) -> [UInt32] {
    merged(symbols(of: word))
  }

  // MARK: Characters

  private func symbols(of word: some Sequence<Unicode.Scalar>) -> [UInt32] {
    var symbols: [UInt32] = []
    var isUnknown = false
    for scalar in word {
      if let id = id(of: scalar) {
        if isUnknown, let unknown = fallback.unknown { symbols.append(unknown) }
        isUnknown = false
        symbols.append(id)
      } else if let bytes = byteIDs(of: scalar) {
        // Behind bytes, what is unknown before them comes later: the library does so too.
        symbols += bytes
      } else {
        if isUnknown, !fallback.isFused, let unknown = fallback.unknown { symbols.append(unknown) }
        isUnknown = true
      }
    }
    if isUnknown, let unknown = fallback.unknown { symbols.append(unknown) }
    return symbols
  }

  private func id(of scalar: Unicode.Scalar) -> UInt32? {
    if scalar.value < UInt32(lowIDs.count) {
      let id = lowIDs[Int(scalar.value)]
      return id == 0 ? nil : id - 1
    }
    return pieces.id(of: String(scalar))
  }

  /// The tokens of a character's bytes, if all of them have one.
  private func byteIDs(of scalar: Unicode.Scalar) -> [UInt32]? {
    guard let bytes = fallback.bytes else { return nil }
    var ids: [UInt32] = []
    for byte in String(scalar).utf8 {
      guard let id = bytes[Int(byte)] else { return nil }
      ids.append(id)
    }
    return ids
  }

  // MARK: Merges

  /// A chain of symbols in which two become one: the left one takes the new id, the right one is gone.
  private struct Chain {
    static let none = -1
    var ids: [UInt32]
    var next: [Int]
    var previous: [Int]
    var isGone: [Bool]

    init(_ ids: [UInt32]) {
      self.ids = ids
      next = ids.indices.map { $0 + 1 < ids.count ? $0 + 1 : Self.none }
      previous = ids.indices.map { $0 - 1 }
      isGone = [Bool](repeating: false, count: ids.count)
    }

    mutating func merge(_ left: Int, _ right: Int, into id: UInt32) {
      ids[left] = id
      isGone[right] = true
      next[left] = next[right]
      if next[right] != Self.none { previous[next[right]] = left }
    }
  }

  /// The symbols after all merges, lowest rank first, leftmost first.
  private func merged(_ symbols: [UInt32]) -> [UInt32] {
    guard symbols.count > 1 else { return symbols }
    var chain = Chain(symbols)
    var queue = MergeQueue()
    for left in 0..<symbols.count - 1 {
      if let rank = merges.rank(symbols[left], symbols[left + 1]) {
        queue.add(rank: rank, position: left)
      }
    }
    while let (rank, left) = queue.next() {
      guard !chain.isGone[left], case let right = chain.next[left], right != Chain.none,
        let present = merges.rank(chain.ids[left], chain.ids[right]),
        // A neighbour may have changed since; what counts to the library is that the same token results.
        merges.results[present] == merges.results[rank]
      else { continue }
      chain.merge(left, right, into: merges.results[rank])
      for start in [chain.previous[left], left] where start != Chain.none {
        let end = chain.next[start]
        guard end != Chain.none, let rank = merges.rank(chain.ids[start], chain.ids[end]) else {
          continue
        }
        queue.add(rank: rank, position: start)
      }
    }
    return chain.ids.indices.filter { !chain.isGone[$0] }.map { chain.ids[$0] }
  }
}

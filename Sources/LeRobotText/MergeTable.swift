/// The merges of a BPE model: which two neighbours become which token, and in what order.
struct MergeTable: Sendable {
  private struct Slot {
    /// Left id above, right id below.
    var pair: UInt64
    /// Rank + 1; 0 is free.
    var place: UInt32
  }

  private var slots: [Slot]
  /// By rank, the id of the token that results.
  private(set) var results: [UInt32] = []
  private var pairCount = 0

  /// - Parameter likelyCount: merges that may come; more may, too.
  init(likelyCount: Int = 0) {
    slots = [Slot](repeating: Slot(pair: 0, place: 0), count: slotCount(likelyCount))
  }

  /// The place of a pair in the order of merges: the lowest is merged first.
  func rank(_ left: UInt32, _ right: UInt32) -> Int? {
    let slot = slots[find(Self.pair(left, right))]
    return slot.place == 0 ? nil : Int(slot.place) - 1
  }

  /// Adds a merge behind those that are there. A pair that was there takes the new place, as in the
  /// `tokenizers` library.
  mutating func add(_ left: UInt32, _ right: UInt32, result: UInt32) {
    results.append(result)
    let pair = Self.pair(left, right)
    let slot = find(pair)
    if slots[slot].place == 0 { pairCount += 1 }
    slots[slot] = Slot(pair: pair, place: UInt32(results.count))
    if pairCount * 2 > slots.count { grow() }
  }

  private mutating func grow() {
    let old = slots
    slots = [Slot](repeating: Slot(pair: 0, place: 0), count: old.count * 2)
    for entry in old where entry.place != 0 { slots[find(entry.pair)] = entry }
  }

  /// Where a pair is, or the free place that it would take.
  private func find(_ pair: UInt64) -> Int {
    let mask = slots.count - 1
    // Fibonacci hashing: the upper bits are the mixed ones.
    var slot = Int(truncatingIfNeeded: (pair &* 0x9E37_79B9_7F4A_7C15) >> 24) & mask
    while slots[slot].place != 0, slots[slot].pair != pair { slot = (slot + 1) & mask }
    return slot
  }

  private static func pair(_ left: UInt32, _ right: UInt32) -> UInt64 {
    UInt64(left) << 32 | UInt64(right)
  }
}

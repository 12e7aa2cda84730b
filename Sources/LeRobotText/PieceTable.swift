/// A vocabulary: tokens as UTF-8, and their ids. One array of bytes and a table of hashes, because
/// 260,000 strings and a dictionary take longer to make than a program may take to start.
struct PieceTable: Sendable {
  private struct Entry {
    /// Where the token ends in `text`; the one before ends where it starts.
    var end: UInt32
    var id: UInt32
  }

  /// A place of the table. It holds all that a short token is compared with: what else has to be read
  /// lies elsewhere in memory, for which most of the time would be waited.
  private struct Slot {
    static let free = Slot(key: ShortKey(), index: 0, id: 0)
    var key: ShortKey
    /// Of its entry, + 1; 0 is free.
    var index: UInt32
    var id: UInt32
  }

  /// All tokens, one after the other.
  private var text: [UInt8] = []
  private var entries: [Entry] = []
  /// Open addressing.
  private var slots: [Slot]
  /// By id, the index + 1 of its token; 0 where there is none.
  private var byID: [UInt32] = []

  /// - Parameter likelyCount: tokens that may come; more may, too.
  init(likelyCount: Int = 0) {
    slots = [Slot](repeating: Slot.free, count: slotCount(likelyCount))
  }

  /// The number of tokens.
  var count: Int { entries.count }
  /// One more than the greatest id.
  var idCount: Int { byID.count }

  /// The id of a token.
  func id(of bytes: [UInt8]) -> UInt32? { id(of: bytes, 0..<bytes.count) }

  /// The id of the token that a part of `bytes` spells.
  func id(of bytes: [UInt8], _ range: Range<Int>) -> UInt32? {
    bytes.withUnsafeBufferPointer { bytes in
      let token = UnsafeBufferPointer(rebasing: bytes[range])
      let slot = slots[place(of: token, ShortKey(token))]
      return slot.index == 0 ? nil : slot.id
    }
  }

  /// The id of a token.
  func id(of token: String) -> UInt32? { id(of: Array(token.utf8)) }

  /// The ids of the tokens that parts of `bytes` spell. Their places are read first, one behind the
  /// other: memory then serves many at a time, instead of one after the other.
  func ids(of bytes: [UInt8], _ ranges: [Range<Int>]) -> [UInt32?] {
    bytes.withUnsafeBufferPointer { bytes in
      let keys = ranges.map { ShortKey(UnsafeBufferPointer(rebasing: bytes[$0])) }
      let found = keys.map { slots[$0.hash & (slots.count - 1)] }
      return ranges.indices.map { index in
        let token = UnsafeBufferPointer(rebasing: bytes[ranges[index]])
        var slot = found[index]
        if slot.index == 0 { return nil }
        if slot.key != keys[index] || !isRest(of: token, slot) {
          slot = slots[place(of: token, keys[index])]
        }
        return slot.index == 0 ? nil : slot.id
      }
    }
  }

  /// The token of an id.
  func token(_ id: Int) -> String? {
    guard byID.indices.contains(id), byID[id] > 0 else { return nil }
    return token(at: Int(byID[id]) - 1)
  }

  private func token(at index: Int) -> String {
    String(decoding: text[range(of: index)], as: UTF8.self)
  }

  private func range(of index: Int) -> Range<Int> {
    (index == 0 ? 0 : Int(entries[index - 1].end))..<Int(entries[index].end)
  }

  // MARK: Building

  /// Adds a token.
  ///
  /// - Returns: false where it is there already.
  mutating func add(_ token: [UInt8], id: UInt32) -> Bool {
    let isNew = token.withUnsafeBufferPointer { token in
      let key = ShortKey(token)
      let place = place(of: token, key)
      if slots[place].index != 0 { return false }
      text.append(contentsOf: token)
      entries.append(Entry(end: UInt32(text.count), id: id))
      slots[place] = Slot(key: key, index: UInt32(entries.count), id: id)
      return true
    }
    if isNew, entries.count * 2 > slots.count { grow() }
    return isNew
  }

  /// Notes which token each id means, once all are there.
  ///
  /// - Throws: `TokenizerError.outOfRange` or `sameID`.
  mutating func indexIDs(file: String) throws(TokenizerError) {
    // Some vocabularies have holes; a table by id must still not outgrow the file.
    let limit = 4 * entries.count + 4096
    guard let greatest = entries.indices.max(by: { entries[$0].id < entries[$1].id }) else {
      return
    }
    guard entries[greatest].id < limit else {
      throw .outOfRange(
        file: file, token: token(at: greatest), id: Int(entries[greatest].id), limit: limit)
    }
    byID = [UInt32](repeating: 0, count: Int(entries[greatest].id) + 1)
    for (index, entry) in entries.enumerated() {
      let other = Int(byID[Int(entry.id)])
      guard other == 0 else {
        throw .sameID(
          file: file, token: token(at: index), other: token(at: other - 1), id: Int(entry.id))
      }
      byID[Int(entry.id)] = UInt32(index + 1)
    }
  }

  private mutating func grow() {
    let old = slots
    slots = [Slot](repeating: Slot.free, count: old.count * 2)
    for slot in old where slot.index != 0 {
      var place = slot.key.hash & (slots.count - 1)
      while slots[place].index != 0 { place = (place + 1) & (slots.count - 1) }
      slots[place] = slot
    }
  }

  /// Where a token is, or the free place that it would take.
  private func place(of token: UnsafeBufferPointer<UInt8>, _ key: ShortKey) -> Int {
    let mask = slots.count - 1
    var place = key.hash & mask
    while slots[place].index != 0, slots[place].key != key || !isRest(of: token, slots[place]) {
      place = (place + 1) & mask
    }
    return place
  }

  /// Whether a token is that of a place beyond what the key holds.
  private func isRest(of token: UnsafeBufferPointer<UInt8>, _ slot: Slot) -> Bool {
    guard token.count > ShortKey.byteCount else { return true }
    let start = range(of: Int(slot.index) - 1).lowerBound
    return (ShortKey.byteCount..<token.count).allSatisfy { text[start + $0] == token[$0] }
  }
}

/// The length of a token and its first 16 bytes, which is all of most tokens.
private struct ShortKey: Equatable {
  static let byteCount = 16
  private var first: UInt64 = 0
  private var second: UInt64 = 0
  private var count: UInt64 = 0

  init() {}

  init(_ bytes: UnsafeBufferPointer<UInt8>) {
    count = UInt64(bytes.count)
    for byte in bytes.prefix(8) { first = first << 8 | UInt64(byte) }
    for byte in bytes.dropFirst(8).prefix(8) { second = second << 8 | UInt64(byte) }
  }

  /// Numbers that differ in one bit differ in many after a multiplication and a shift (SplitMix64).
  var hash: Int {
    var hash = (first ^ count &* 0x9E37_79B9_7F4A_7C15) &* 0xBF58_476D_1CE4_E5B9
    hash = (hash ^ hash >> 31 ^ second) &* 0x94D0_49BB_1331_11EB
    return Int(truncatingIfNeeded: (hash ^ hash >> 32) >> 1)
  }
}

/// The places of a table that has room for so many entries: a power of two, half of it free.
func slotCount(_ likelyCount: Int) -> Int {
  var count = 1 << 10
  while count < 2 * likelyCount { count *= 2 }
  return count
}

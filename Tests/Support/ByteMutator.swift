import Foundation

/// Damages files: flips and swaps bytes, cuts, repeats, drops and inserts pieces, writes numbers at
/// the edges of what fits.
package struct ByteMutator {
  private var generator: SplitMix64
  private static let edges: [UInt64] = [
    0, 1, 0x7F, 0x80, 0xFF, 0x7FFF, 0xFFFF, 0x7FFF_FFFF, 0x8000_0000, 0xFFFF_FFFF,
    0x7FFF_FFFF_FFFF_FFFF, 0x8000_0000_0000_0000, .max,
  ]
  private static let digits = ["-1", "9223372036854775807", "1e999", "null", "\"", "[", "{}", ","]

  package init(seed: UInt64) {
    generator = SplitMix64(seed: seed)
  }

  /// One to three changes, most of them within the first `scope` bytes.
  package mutating func damage(_ original: [UInt8], within scope: Int) -> [UInt8] {
    var bytes = original
    for _ in 0...Int.random(in: 0...2, using: &generator) {
      change(&bytes, min(scope, bytes.count))
    }
    return bytes
  }

  /// A Parquet file whose footer is damaged, sealed again: its length is right, so that the
  /// footer's own fields are read.
  package mutating func damageFooter(_ parquet: [UInt8]) -> [UInt8] {
    let seal = parquet.suffix(8)
    let length = seal.prefix(4).reversed().reduce(0) { $0 << 8 | Int($1) }
    let start = parquet.count - 8 - length
    let footer = damage(Array(parquet[start..<start + length]), within: length)
    let count = (0..<4).map { UInt8(truncatingIfNeeded: footer.count >> (8 * $0)) }
    return parquet[..<start] + footer + count + seal.suffix(4)
  }

  private mutating func change(_ bytes: inout [UInt8], _ scope: Int) {
    guard scope > 0 else { return bytes.append(UInt8.random(in: 0...255, using: &generator)) }
    let start = Int.random(in: 0..<scope, using: &generator)
    let length = Int.random(in: 1...16, using: &generator)
    let range = start..<min(start + length, bytes.count)
    switch Int.random(in: 0...8, using: &generator) {
    case 0: bytes[start] ^= 1 << UInt8.random(in: 0...7, using: &generator)
    case 1: bytes[start] = UInt8.random(in: 0...255, using: &generator)
    case 2: bytes.removeSubrange(range)
    case 3: bytes.insert(contentsOf: bytes[range], at: start)
    case 4: bytes.removeLast(Int.random(in: 0..<bytes.count, using: &generator))
    case 5: bytes.swapAt(start, Int.random(in: 0..<scope, using: &generator))
    case 6: write(Self.edges.randomElement(using: &generator) ?? 0, to: &bytes, at: start)
    case 7:
      let text = Array((Self.digits.randomElement(using: &generator) ?? "").utf8)
      bytes.replaceSubrange(start..<min(start + text.count, bytes.count), with: text)
    default: replaceNumber(&bytes, from: start)
    }
  }

  private mutating func write(_ value: UInt64, to bytes: inout [UInt8], at start: Int) {
    let width = [1, 2, 4, 8].randomElement(using: &generator) ?? 8
    for index in 0..<width where start + index < bytes.count {
      bytes[start + index] = UInt8(truncatingIfNeeded: value >> (8 * UInt64(index)))
    }
  }

  /// Puts another number in place of the next one that is written in digits.
  private mutating func replaceNumber(_ bytes: inout [UInt8], from start: Int) {
    let isDigit = { (byte: UInt8) in (0x30...0x39).contains(byte) }
    guard let first = bytes[start...].firstIndex(where: isDigit) else { return }
    let end = bytes[first...].firstIndex { !isDigit($0) } ?? bytes.count
    let number = Self.edges.randomElement(using: &generator) ?? 0
    bytes.replaceSubrange(first..<end, with: Array(String(number).utf8))
  }
}

/// A zip archive of torch.save whose pickle can be changed and sealed again.
package struct TorchArchive {
  private let bytes: [UInt8]
  /// Where the pickle lies, and its checksum in the directory.
  private let pickle: Range<Int>
  private let checksum: Int

  /// Finds `data.pkl` by its entry in the central directory.
  package init(_ bytes: [UInt8]) throws {
    self.bytes = bytes
    func number(_ offset: Int, _ width: Int) -> Int {
      bytes[offset..<offset + width].reversed().reduce(0) { $0 << 8 | Int($1) }
    }
    let signature: [UInt8] = [0x50, 0x4B, 0x01, 0x02]
    var offset = 0
    while let entry = (offset..<bytes.count).first(where: {
      bytes[$0...].starts(with: signature)
    }) {
      offset = entry + 46
      let name = bytes[offset..<offset + number(entry + 28, 2)]
      guard name.reversed().starts(with: "data.pkl".utf8.reversed()) else { continue }
      let header = number(entry + 42, 4)
      let start = header + 30 + number(header + 26, 2) + number(header + 28, 2)
      pickle = start..<start + number(entry + 20, 4)
      checksum = entry + 16
      return
    }
    throw MissingGolden(name: "data.pkl", key: "central directory")
  }

  /// The archive with another pickle: cut, or filled up with ends of pickles, to the old length.
  package func withPickle(_ change: ([UInt8]) -> [UInt8]) -> [UInt8] {
    var changed = change(Array(bytes[pickle]))
    changed = Array(changed.prefix(pickle.count))
    changed += repeatElement(UInt8(ascii: "."), count: pickle.count - changed.count)
    var result = bytes
    result.replaceSubrange(pickle, with: changed)
    let sum = Self.checksum(changed)
    for index in 0..<4 { result[checksum + index] = UInt8(truncatingIfNeeded: sum >> (8 * index)) }
    return result
  }

  /// CRC-32 of ISO 3309, bit by bit.
  private static func checksum(_ bytes: [UInt8]) -> UInt32 {
    let polynomial: UInt32 = 0xEDB8_8320
    var sum = ~UInt32(0)
    for byte in bytes {
      sum ^= UInt32(byte)
      for _ in 0..<8 {
        let shifted = sum >> 1
        sum = sum & 1 == 1 ? shifted ^ polynomial : shifted
      }
    }
    return ~sum
  }
}

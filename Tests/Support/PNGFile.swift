/// Writes PNG files with the row filters that are asked for, uncompressed: the standard's words,
/// one byte at a time (ISO/IEC 15948, 9.2).
package enum PNGFile {
  /// - Parameters:
  ///   - pixels: [height, width, channels], of 3 channels or, with alpha, 4.
  ///   - filters: of each row, 0…4.
  package static func encode(
    _ pixels: [UInt8], width: Int, channels: Int, filters: [UInt8]
  ) -> [UInt8] {
    let header =
      bigEndian(width) + bigEndian(filters.count) + [8, channels == 4 ? 6 : 2, 0, 0, 0]
    let rows = filtered(pixels, rowBytes: width * channels, back: channels, filters)
    return [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A] + chunk("IHDR", header)
      + chunk("IDAT", stored(rows)) + chunk("IEND", [])
  }

  private static func filtered(
    _ pixels: [UInt8], rowBytes: Int, back: Int, _ filters: [UInt8]
  ) -> [UInt8] {
    filters.enumerated().flatMap { y, filter in
      func byte(_ row: Int, _ x: Int) -> Int {
        row < 0 || x < 0 ? 0 : Int(pixels[row * rowBytes + x])
      }
      return [filter]
        + (0..<rowBytes).map { x in
          let (left, above) = (byte(y, x - back), byte(y - 1, x))
          let corner = byte(y - 1, x - back)
          let predicted =
            switch filter {
            case 0: 0
            case 1: left
            case 2: above
            case 3: (left + above) / 2
            default: paeth(left, above, corner)
            }
          return UInt8(truncatingIfNeeded: byte(y, x) - predicted)
        }
    }
  }

  private static func paeth(_ left: Int, _ above: Int, _ corner: Int) -> Int {
    let estimate = left + above - corner
    let (a, b, c) = (abs(estimate - left), abs(estimate - above), abs(estimate - corner))
    if a <= b && a <= c { return left }
    return b <= c ? above : corner
  }

  /// zlib's frame around one stored block.
  private static func stored(_ bytes: [UInt8]) -> [UInt8] {
    let size = [UInt8(bytes.count & 255), UInt8(bytes.count >> 8)]
    var (first, second) = (1, 0)
    for byte in bytes {
      first = (first + Int(byte)) % 65521
      second = (second + first) % 65521
    }
    return [0x78, 0x01, 1] + size + size.map { ~$0 } + bytes + bigEndian(second << 16 | first)
  }

  private static func chunk(_ type: String, _ body: [UInt8]) -> [UInt8] {
    let content = Array(type.utf8) + body
    return bigEndian(body.count) + content + bigEndian(Int(crc(content)))
  }

  private static func crc(_ bytes: [UInt8]) -> UInt32 {
    ~bytes.reduce(~0 as UInt32) { sum, byte in
      (0..<8).reduce(sum ^ UInt32(byte)) { sum, _ in
        sum & 1 == 1 ? sum >> 1 ^ 0xEDB8_8320 : sum >> 1
      }
    }
  }

  private static func bigEndian(_ number: Int) -> [UInt8] {
    [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: number >> $0) }
  }
}

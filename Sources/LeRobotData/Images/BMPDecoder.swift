/// BMP through libavcodec, which guesses where rows are missing: whether all are there is checked
/// first.
enum BMPDecoder {
  static func decode(_ bytes: UnsafeRawBufferPointer) throws(ImageError) -> RGBImage {
    guard let offset = bytes.integer32(at: 10, littleEndian: true),
      let size = dataSize(bytes), offset + size <= bytes.count
    else { throw .truncated(format: "BMP", part: "the image data") }
    return try StillDecoder(.bmp).decode(bytes)
  }

  /// The bytes that the pixels take; nil where the header is cut short.
  private static func dataSize(_ bytes: UnsafeRawBufferPointer) -> Int? {
    func number(_ offset: Int) -> Int? { bytes.integer32(at: offset, littleEndian: true) }
    func short(_ offset: Int) -> Int? { bytes.integer16(at: offset, littleEndian: true) }
    if number(14) == 12 {
      // OS/2's first header has sizes of 16 bits.
      guard let width = short(18), let height = short(20), let bits = short(24) else { return nil }
      return rowSize(width, bits) * height
    }
    guard let width = number(18), let height = number(22), let bits = short(28),
      let compression = number(30), let size = number(34), width <= ImageDecoder.mostPixels,
      bits <= 64
    else { return nil }
    // In runs (1 and 2) only the header tells the size. A negative height has its rows from the top.
    if compression == 1 || compression == 2 { return size }
    return rowSize(width, bits) * Int(Int32(truncatingIfNeeded: height).magnitude)
  }

  /// Rows are filled up to whole words of 32 bits.
  private static func rowSize(_ width: Int, _ bits: Int) -> Int { (width * bits + 31) / 32 * 4 }
}

/// TIFF: the first picture of the file, through libavcodec.
///
/// Told to refuse what is damaged, libavcodec also refuses tags that it does not know, such as a
/// resolution. So only the tags that decide the pixels are left in what it is given.
enum TIFFDecoder {
  /// Size, depth, compression, meaning, bit order, strips, channels, planes, predictor, palette,
  /// tiles and chroma (TIFF 6.0).
  private static let needed: Set<Int> = [
    256, 257, 258, 259, 262, 266, 273, 277, 278, 279, 284, 317, 320, 322, 323, 324, 325, 529, 530,
    531, 532,
  ]
  private static let sampleFormat = 339

  static func decode(_ bytes: UnsafeRawBufferPointer) throws(ImageError) -> RGBImage {
    let littleEndian = bytes[0] == 0x49
    guard let directory = bytes.integer32(at: 4, littleEndian: littleEndian),
      let count = bytes.integer16(at: directory, littleEndian: littleEndian),
      directory + 2 + 12 * count + 4 <= bytes.count
    else { throw .truncated(format: "TIFF", part: "the directory") }
    var kept: [UInt8] = []
    for offset in stride(from: directory + 2, to: directory + 2 + 12 * count, by: 12) {
      guard let tag = bytes.integer16(at: offset, littleEndian: littleEndian) else { continue }
      if tag == sampleFormat { try checkFormat(bytes, at: offset, littleEndian) }
      if needed.contains(tag) { kept += bytes[offset..<offset + 12] }
    }
    let left = kept.count / 12
    let number = [UInt8(left & 255), UInt8(left >> 8)]
    // Four bytes of zero say that no other directory follows.
    let shorter = (littleEndian ? number : number.reversed()) + kept + [0, 0, 0, 0]
    var plain = Array(bytes)
    plain.replaceSubrange(directory..<directory + shorter.count, with: shorter)
    let decoded: Result<RGBImage, ImageError> = plain.withUnsafeBytes { buffer in
      Result { () throws(ImageError) in try StillDecoder(.tiff).decode(buffer) }
    }
    return try decoded.get().upright(orientation: Exif.orientation(tiff: bytes) ?? 1)
  }

  /// Samples must be unsigned numbers; up to two formats stand in the entry, more elsewhere.
  private static func checkFormat(
    _ bytes: UnsafeRawBufferPointer, at entry: Int, _ littleEndian: Bool
  ) throws(ImageError) {
    let count = bytes.integer32(at: entry + 4, littleEndian: littleEndian) ?? 0
    let place = count <= 2 ? entry + 8 : bytes.integer32(at: entry + 8, littleEndian: littleEndian)
    guard let place, bytes.integer16(at: place, littleEndian: littleEndian) == 1 else {
      throw .unreadKind(format: "TIFF", kind: "its samples are no unsigned numbers")
    }
  }
}

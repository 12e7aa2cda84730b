/// GIF: the first frame, through libavcodec.
///
/// The pixels are those of Pillow's `convert("RGB")`, for which transparent pixels have their
/// palette's colour and pixels outside of the frame that of the transparent or the first entry.
/// libavcodec leaves both out, so the frame is decoded as opaque, and what surrounds it is painted.
enum GIFDecoder {
  static func decode(_ bytes: UnsafeRawBufferPointer) throws(ImageError) -> RGBImage {
    let frame = try GIFFrame(bytes)
    var opaque = Array(bytes)
    if let flags = frame.transparencyFlags { opaque[flags] &= ~1 }
    let decoded: Result<RGBImage, ImageError> = opaque.withUnsafeBytes { buffer in
      Result { () throws(ImageError) in try StillDecoder(.gif).decode(buffer) }
    }
    let image = try decoded.get()
    guard let background = frame.background, !frame.covers(image) else { return image }
    var pixels = image.pixels
    for y in 0..<image.height {
      for x in 0..<image.width where !(frame.columns.contains(x) && frame.rows.contains(y)) {
        for channel in 0..<3 { pixels[3 * (y * image.width + x) + channel] = background[channel] }
      }
    }
    return RGBImage(width: image.width, height: image.height, pixels: pixels)
  }
}

/// Where a GIF's first frame lies, and what surrounds it (GIF89a, sections 18 to 26).
struct GIFFrame {
  /// On the picture's canvas.
  private(set) var columns = 0..<0
  private(set) var rows = 0..<0
  /// The offset of the byte whose lowest bit makes an entry of the palette transparent.
  private(set) var transparencyFlags: Int?
  /// The colour of what the frame does not cover, three bytes; nil where there is no palette.
  private(set) var background: [UInt8]?

  /// - Throws: `ImageError.truncated` where there is no whole frame.
  init(_ bytes: UnsafeRawBufferPointer) throws(ImageError) {
    guard bytes.count >= 13 else { throw .truncated(format: "GIF", part: "the header") }
    var palette = 13
    var offset = palette + Self.paletteSize(bytes[10])
    var hasPalette = offset > palette
    while offset < bytes.count, bytes[offset] == 0x21 {
      if offset + 8 <= bytes.count, bytes[offset + 1] == 0xF9 {
        transparencyFlags = bytes[offset + 3] & 1 != 0 ? offset + 3 : nil
      }
      offset = Self.end(ofBlocks: bytes, from: offset + 2)
    }
    guard offset + 10 <= bytes.count, bytes[offset] == 0x2C,
      let x = bytes.integer16(at: offset + 1, littleEndian: true),
      let y = bytes.integer16(at: offset + 3, littleEndian: true),
      let width = bytes.integer16(at: offset + 5, littleEndian: true),
      let height = bytes.integer16(at: offset + 7, littleEndian: true)
    else { throw .truncated(format: "GIF", part: "the first frame") }
    (columns, rows) = (x..<x + width, y..<y + height)
    let ownPalette = Self.paletteSize(bytes[offset + 9])
    // libavcodec takes a chain of blocks that breaks off for a frame.
    guard Self.end(ofBlocks: bytes, from: offset + 11 + ownPalette) <= bytes.count else {
      throw .truncated(format: "GIF", part: "the first frame")
    }
    if ownPalette > 0 { (palette, hasPalette) = (offset + 10, true) }
    let entry = transparencyFlags.map { Int(bytes[$0 + 3]) } ?? 0
    let colour = palette + 3 * entry
    if hasPalette, colour + 3 <= bytes.count { background = Array(bytes[colour..<colour + 3]) }
  }

  /// The bytes of a palette, 0 where the flags say that there is none.
  private static func paletteSize(_ flags: UInt8) -> Int {
    flags & 0x80 != 0 ? 6 << Int(flags & 7) : 0
  }

  /// The offset behind a chain of blocks. Every block begins with its length; the last has length 0.
  private static func end(ofBlocks bytes: UnsafeRawBufferPointer, from start: Int) -> Int {
    var offset = start
    while offset < bytes.count, bytes[offset] != 0 { offset += 1 + Int(bytes[offset]) }
    return offset + 1
  }

  /// Whether the frame leaves nothing of the picture free.
  func covers(_ image: RGBImage) -> Bool {
    columns.lowerBound == 0 && rows.lowerBound == 0
      && columns.upperBound >= image.width && rows.upperBound >= image.height
  }
}

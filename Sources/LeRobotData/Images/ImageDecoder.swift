/// Reads pictures as datasets store them.
///
/// The pixels are those of Pillow's `convert("RGB")` after `exif_transpose` (LeRobot
/// `datasets/utils.py`, `load_image_as_numpy`; the `datasets` image feature): grey repeats,
/// alpha is dropped, palettes are looked up, wider samples keep their high byte (Q-DATA-10, 18).
package enum ImageDecoder {
  /// Decodes a whole picture file held in memory: PNG, JPEG, WebP, BMP, GIF (its first frame) or
  /// TIFF.
  ///
  /// - Throws: `ImageError` saying what is wrong with the bytes.
  package static func decode(_ bytes: UnsafeRawBufferPointer) throws(ImageError) -> RGBImage {
    if bytes.starts(with: PNGDecoder.signature) {
      return try PNGDecoder(bytes).decode()
    }
    if bytes.starts(with: [0xFF, 0xD8, 0xFF]) {
      return try JPEGDecoder.decode(bytes)
    }
    switch ImageFormat(bytes) {
    case .webP: return try WebPDecoder.decode(bytes)
    case .gif: return try GIFDecoder.decode(bytes)
    case .bmp: return try BMPDecoder.decode(bytes)
    case .tiff: return try TIFFDecoder.decode(bytes)
    case .png, .jpeg, .other, nil: throw unread(bytes)
    }
  }

  private static func unread(_ bytes: UnsafeRawBufferPointer) -> ImageError {
    if case .other(let name)? = ImageFormat(bytes) { return .unreadFormat(name) }
    if let format = ImageFormat.cutShort(bytes) {
      return .truncated(format: format.name, part: "the signature")
    }
    return .unknownFormat(firstBytes: Array(bytes.prefix(8)))
  }

  /// Decodes a whole picture file.
  package static func decode(_ bytes: [UInt8]) throws(ImageError) -> RGBImage {
    let result: Result<RGBImage, ImageError> = bytes.withUnsafeBytes { buffer in
      Result { () throws(ImageError) in try decode(buffer) }
    }
    return try result.get()
  }

  /// The most pixels of a picture whose size its bytes do not limit.
  static let mostPixels = 1 << 26

  /// Whether a picture of this size is worth its memory.
  ///
  /// - Throws: `ImageError.unreasonableSize`.
  static func check(_ format: ImageFormat, width: Int, height: Int) throws(ImageError) {
    guard width > 0, height > 0, height <= mostPixels / width else {
      throw .unreasonableSize(format: format.name, width: width, height: height)
    }
  }
}

/// Reads pictures as datasets store them.
///
/// The pixels are those of Pillow's `convert("RGB")` after `exif_transpose` (LeRobot
/// `datasets/utils.py`, `load_image_as_numpy`; the `datasets` image feature): grey repeats,
/// alpha is dropped, palettes are looked up, wider samples are narrowed as Pillow narrows them.
package enum ImageDecoder {
  /// Decodes a whole PNG or JPEG file held in memory.
  ///
  /// - Throws: `ImageError` saying what is wrong with the bytes.
  package static func decode(_ bytes: UnsafeRawBufferPointer) throws(ImageError) -> RGBImage {
    if bytes.starts(with: PNGDecoder.signature) {
      return try PNGDecoder(bytes).decode()
    }
    if bytes.starts(with: [0xFF, 0xD8, 0xFF]) {
      return try JPEGDecoder.decode(bytes)
    }
    let isPart = [PNGDecoder.signature, [0xFF, 0xD8, 0xFF]].contains { $0.starts(with: bytes) }
    if isPart, !bytes.isEmpty {
      throw .truncated(format: bytes[0] == 0xFF ? "JPEG" : "PNG", part: "the signature")
    }
    throw .unknownFormat(firstBytes: Array(bytes.prefix(8)))
  }

  /// Decodes a whole PNG or JPEG file.
  package static func decode(_ bytes: [UInt8]) throws(ImageError) -> RGBImage {
    let result: Result<RGBImage, ImageError> = bytes.withUnsafeBytes { buffer in
      Result { () throws(ImageError) in try decode(buffer) }
    }
    return try result.get()
  }
}

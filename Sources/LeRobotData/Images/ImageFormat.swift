/// What a picture's first bytes say it is.
enum ImageFormat: Equatable {
  case png, jpeg, webP, bmp, gif, tiff
  /// Known by name only.
  case other(String)

  /// - Returns: nil where the bytes begin like no format known here.
  init?(_ bytes: UnsafeRawBufferPointer) {
    let found = Self.signatures.first { signature in
      signature.parts.allSatisfy { part in
        bytes.count >= part.offset + part.bytes.count
          && UnsafeRawBufferPointer(rebasing: bytes[part.offset...]).starts(with: part.bytes)
      }
    }
    guard let found else { return nil }
    self = found.format
  }

  /// The format whose signature the bytes are only the beginning of: a file that was cut short.
  static func cutShort(_ bytes: UnsafeRawBufferPointer) -> ImageFormat? {
    guard !bytes.isEmpty else { return nil }
    return signatures.first { signature in
      guard let start = signature.parts.first, start.offset == 0 else { return false }
      return bytes.count < start.bytes.count && start.bytes.starts(with: bytes)
    }?.format
  }

  /// The name for messages.
  var name: String {
    switch self {
    case .png: "PNG"
    case .jpeg: "JPEG"
    case .webP: "WebP"
    case .bmp: "BMP"
    case .gif: "GIF"
    case .tiff: "TIFF"
    case .other(let name): name
    }
  }

  /// Bytes at their places; a file of the format has all of them.
  private struct Signature {
    let format: ImageFormat
    let parts: [(offset: Int, bytes: [UInt8])]

    init(_ format: ImageFormat, _ parts: (offset: Int, bytes: [UInt8])...) {
      (self.format, self.parts) = (format, parts)
    }

    /// A file of ISO base media, told by its brand.
    init(_ name: String, brand: String) {
      self.init(.other(name), (4, Array("ftyp\(brand)".utf8)))
    }

    /// A format that begins with a text.
    init(_ format: ImageFormat, _ text: String) {
      self.init(format, (0, Array(text.utf8)))
    }
  }

  // The ones that datasets hold come first.
  private static let signatures: [Signature] = [
    Signature(.png, (0, PNGDecoder.signature)), Signature(.jpeg, (0, [0xFF, 0xD8, 0xFF])),
    Signature(.webP, (0, Array("RIFF".utf8)), (8, Array("WEBP".utf8))),
    Signature(.gif, "GIF87a"), Signature(.gif, "GIF89a"),
    Signature(.tiff, (0, [0x49, 0x49, 42, 0])), Signature(.tiff, (0, [0x4D, 0x4D, 0, 42])),
    Signature(.other("JPEG XL"), (0, [0xFF, 0x0A])),
    Signature(.other("JPEG XL"), (0, [0, 0, 0, 12] + Array("JXL ".utf8))),
    Signature(.other("JPEG 2000"), (0, [0, 0, 0, 12] + Array("jP  ".utf8))),
    Signature(.other("JPEG 2000"), (0, [0xFF, 0x4F, 0xFF, 0x51])),
    Signature("HEIC", brand: "heic"), Signature("HEIC", brand: "heix"),
    Signature("HEIC", brand: "mif1"), Signature("AVIF", brand: "avif"),
    Signature("AVIF", brand: "avis"), Signature(.other("MP4 (a video)"), (4, Array("ftyp".utf8))),
    Signature(.other("OpenEXR"), (0, [0x76, 0x2F, 0x31, 0x01])),
    Signature(.other("Photoshop"), "8BPS"), Signature(.other("DirectDraw"), "DDS "),
    Signature(.other("QOI"), "qoif"), Signature(.other("Radiance"), "#?RADIANCE"),
    Signature(.other("NumPy"), (0, [0x93] + Array("NUMPY".utf8))),
    Signature(.other("SVG"), "<svg"), Signature(.other("Windows icon"), (0, [0, 0, 1, 0])),
    Signature(.other("BigTIFF"), (0, [0x49, 0x49, 43, 0])),
    Signature(.other("BigTIFF"), (0, [0x4D, 0x4D, 0, 43])),
    Signature(.other("PBM"), "P4"), Signature(.other("PGM"), "P5"), Signature(.other("PPM"), "P6"),
    // Two letters only, so last.
    Signature(.bmp, "BM"),
  ]
}

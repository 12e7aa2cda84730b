import CWebP

/// WebP through libwebp, whose pixels are Pillow's. Of an animation the first frame is read.
enum WebPDecoder {
  static func decode(_ bytes: UnsafeRawBufferPointer) throws(ImageError) -> RGBImage {
    if let reason = cwp_open() {
      throw .noLibrary(format: "WebP", reason: String(cString: reason))
    }
    let file = try WebPFile(bytes)
    let image: RGBImage
    if let frame = file.frame {
      image = try decode(frame, file.canvas)
    } else {
      image = try decode(still: bytes)
    }
    return image.upright(orientation: file.orientation ?? 1)
  }

  private static func decode(still bytes: UnsafeRawBufferPointer) throws(ImageError) -> RGBImage {
    let size = try size(of: bytes)
    return try picture(size) { pixels in
      cwp_decode(
        bytes.baseAddress?.assumingMemoryBound(to: UInt8.self), bytes.count, pixels,
        3 * size.width * size.height, Int32(3 * size.width))
    }
  }

  /// The first frame of an animation, on a black canvas where it is smaller.
  private static func decode(
    _ frame: WebPFile.Frame, _ canvas: (width: Int, height: Int)
  ) throws(ImageError) -> RGBImage {
    let size = try size(of: frame.data)
    guard frame.x + size.width <= canvas.width, frame.y + size.height <= canvas.height else {
      throw .corrupt(format: "WebP", reason: "a frame lies outside of the picture")
    }
    let offset = 3 * (frame.y * canvas.width + frame.x)
    let count = 3 * canvas.width * canvas.height
    return try picture(canvas) { pixels in
      pixels.update(repeating: 0, count: count)
      return cwp_decode(
        frame.data.baseAddress?.assumingMemoryBound(to: UInt8.self), frame.data.count,
        pixels + offset, count - offset, Int32(3 * canvas.width))
    }
  }

  private static func size(
    of bytes: UnsafeRawBufferPointer
  ) throws(ImageError) -> (width: Int, height: Int) {
    var (width, height): (Int32, Int32) = (0, 0)
    let start = bytes.baseAddress?.assumingMemoryBound(to: UInt8.self)
    guard cwp_size(start, bytes.count, &width, &height) == 0 else {
      throw .corrupt(format: "WebP", reason: "the header is damaged or cut short")
    }
    return (Int(width), Int(height))
  }

  /// - Parameter fill: writes [height, width, 3] and returns 0 where that worked.
  private static func picture(
    _ size: (width: Int, height: Int), _ fill: (UnsafeMutablePointer<UInt8>) -> Int32
  ) throws(ImageError) -> RGBImage {
    try ImageDecoder.check(.webP, width: size.width, height: size.height)
    let count = 3 * size.width * size.height
    var status: Int32 = -1
    let pixels = [UInt8](unsafeUninitializedCapacity: count) { buffer, written in
      if let base = buffer.baseAddress { status = fill(base) }
      written = status == 0 ? count : 0
    }
    guard status == 0 else {
      throw .corrupt(format: "WebP", reason: "the image data is damaged or cut short")
    }
    return RGBImage(width: size.width, height: size.height, pixels: pixels)
  }
}

/// What the chunks of a WebP file say (RFC 9649).
struct WebPFile {
  /// The first frame of an animation: its place on the canvas, and its own chunks.
  struct Frame {
    let x: Int
    let y: Int
    let data: UnsafeRawBufferPointer
  }

  private(set) var canvas = (width: 0, height: 0)
  /// nil where the file is no animation.
  private(set) var frame: Frame?
  private(set) var orientation: Int?

  /// - Throws: `ImageError.truncated` where the file is shorter than it says.
  init(_ bytes: UnsafeRawBufferPointer) throws(ImageError) {
    guard let size = bytes.integer32(at: 4, littleEndian: true), size + 8 <= bytes.count else {
      throw .truncated(format: "WebP", part: "the image data")
    }
    var (offset, isAnimated) = (12, false)
    while let size = bytes.integer32(at: offset + 4, littleEndian: true),
      offset + 8 + size <= bytes.count
    {
      let body = UnsafeRawBufferPointer(rebasing: bytes[offset + 8..<offset + 8 + size])
      switch String(decoding: bytes[offset..<offset + 4], as: UTF8.self) {
      case "VP8X" where size >= 10:
        isAnimated = body[0] & 2 != 0
        canvas = (body.integer24(at: 4) + 1, body.integer24(at: 7) + 1)
      case "ANMF" where isAnimated && frame == nil && size >= 16:
        frame = Frame(
          x: 2 * body.integer24(at: 0), y: 2 * body.integer24(at: 3),
          data: UnsafeRawBufferPointer(rebasing: body[16...]))
      case "EXIF": orientation = Exif.orientation(tiff: body.withoutExifMark)
      default: break
      }
      offset += 8 + size + size & 1
    }
    if isAnimated, frame == nil {
      throw .truncated(format: "WebP", part: "the first frame")
    }
  }
}

extension UnsafeRawBufferPointer {
  /// The little-endian 24-bit number at `offset`, which must lie within.
  fileprivate func integer24(at offset: Int) -> Int {
    Int(self[offset]) | Int(self[offset + 1]) << 8 | Int(self[offset + 2]) << 16
  }

  /// The TIFF block of EXIF data, before which some programs put JPEG's mark.
  fileprivate var withoutExifMark: UnsafeRawBufferPointer {
    starts(with: Array("Exif\0\0".utf8)) ? UnsafeRawBufferPointer(rebasing: self[6...]) : self
  }
}

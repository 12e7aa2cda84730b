import CImage

/// JPEG through libjpeg-turbo, with the settings Pillow uses (slow integer transform, fancy
/// upsampling), so that the pixels are the same.
enum JPEGDecoder {
  static func decode(_ bytes: UnsafeRawBufferPointer) throws(ImageError) -> RGBImage {
    if let reason = ci_open_jpeg() {
      throw .noLibrary(format: "JPEG", reason: String(cString: reason))
    }
    guard let handle = ci_tjInitDecompress() else {
      throw .corrupt(format: "JPEG", reason: "the decoder did not start")
    }
    defer { _ = ci_tjDestroy(handle) }
    var (width, height, subsampling, colorSpace): (Int32, Int32, Int32, Int32) = (0, 0, 0, 0)
    let start = bytes.baseAddress?.assumingMemoryBound(to: UInt8.self)
    try check(
      handle,
      ci_tjDecompressHeader3(
        handle, start, UInt(bytes.count), &width, &height, &subsampling, &colorSpace))
    let size = (width: Int(width), height: Int(height))
    guard size.width > 0, size.height > 0 else {
      throw .truncated(format: "JPEG", part: "the header")
    }
    guard size.width * size.height <= 1 << 28 else {
      throw .unreasonableSize(format: "JPEG", width: size.width, height: size.height)
    }
    // A block of 64 samples takes a bit at least: less is a broken header, not worth the memory.
    guard size.width * size.height <= 4096 * bytes.count else {
      throw .truncated(format: "JPEG", part: "the image data")
    }
    let isInk = colorSpace == TJCS_CMYK.rawValue || colorSpace == TJCS_YCCK.rawValue
    let format = Int32((isInk ? TJPF_CMYK : TJPF_RGB).rawValue)
    let rowBytes = size.width * (isInk ? 4 : 3)
    func attempt(_ mark: UInt8) -> (samples: [UInt8], status: Int32, isWhole: Bool) {
      let count = rowBytes * size.height
      var status: Int32 = 0
      let samples = [UInt8](unsafeUninitializedCapacity: count) { buffer, written in
        buffer[(count - rowBytes)..<count].initialize(repeating: mark)
        status = ci_tjDecompress2(
          handle, start, UInt(bytes.count), buffer.baseAddress, width, 0, height, format, 0)
        written = count
      }
      return (samples, status, samples.suffix(rowBytes).contains { $0 != mark })
    }
    let decoded = attempt(0)
    try check(handle, decoded.status)
    // A failure after a warning is reported as a warning (Q-DATA-16). Rows are written from the top:
    // a last row that keeps two different marks was not written, so the decoder gave up before it.
    if decoded.status != 0, !decoded.isWhole, !attempt(255).isWhole {
      throw .corrupt(format: "JPEG", reason: message(handle))
    }
    let pixels = isInk ? rgb(invertedInk: decoded.samples) : decoded.samples
    return RGBImage(width: size.width, height: size.height, pixels: pixels)
      .upright(orientation: Exif.orientation(jpeg: bytes) ?? 1)
  }

  /// libjpeg and Pillow continue after a warning, except where the file ends early.
  private static func check(_ handle: tjhandle, _ status: Int32) throws(ImageError) {
    guard status != 0 else { return }
    let message = message(handle)
    if message.contains("Premature end") {
      throw .truncated(format: "JPEG", part: "the image data")
    }
    guard ci_tjGetErrorCode(handle) == Int32(TJERR_WARNING.rawValue) else {
      throw .corrupt(format: "JPEG", reason: message)
    }
  }

  private static func message(_ handle: tjhandle) -> String {
    ci_tjGetErrorStr2(handle).map { String(cString: $0) } ?? "no reason given"
  }

  /// CMYK stored inverted, as Adobe does and Pillow assumes, to RGB with Pillow's rounding.
  private static func rgb(invertedInk ink: [UInt8]) -> [UInt8] {
    var pixels: [UInt8] = []
    pixels.reserveCapacity(ink.count / 4 * 3)
    for offset in stride(from: 0, to: ink.count, by: 4) {
      let light = Int(ink[offset + 3])
      for channel in 0..<3 {
        let product = (255 - Int(ink[offset + channel])) * light + 128
        pixels.append(UInt8(light - ((product >> 8) + product) >> 8))
      }
    }
    return pixels
  }
}

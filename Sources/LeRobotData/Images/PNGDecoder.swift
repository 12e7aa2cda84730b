import CImage
import CPixels

/// PNG (ISO/IEC 15948): every colour type, bit depth and interlacing.
///
/// Inflating is libdeflate's, which needs a third of the time that image libraries take.
struct PNGDecoder {
  static let signature: [UInt8] = [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]

  private let bytes: UnsafeRawBufferPointer
  private let header: PNGHeader
  private var palette: [UInt8]?
  private var imageData: [UInt8] = []
  private var orientation = 1

  /// Reads all chunks; the image data stays compressed.
  init(_ bytes: UnsafeRawBufferPointer) throws(ImageError) {
    if let reason = ci_open_deflate() {
      throw .noLibrary(format: "PNG", reason: String(cString: reason))
    }
    self.bytes = bytes
    var offset = Self.signature.count
    let first = try Self.chunk(bytes, at: &offset)
    header = try PNGHeader(first)
    while true {
      let chunk = try Self.chunk(bytes, at: &offset)
      switch chunk.type {
      case "PLTE": palette = Self.fullPalette(chunk.body)
      case "IDAT": imageData.append(contentsOf: chunk.body)
      case "eXIf": orientation = Exif.orientation(tiff: chunk.body) ?? 1
      case "IEND": return
      default: break
      }
    }
  }

  /// One chunk of the file.
  struct Chunk {
    let type: String
    let body: UnsafeRawBufferPointer
  }

  private static func chunk(
    _ bytes: UnsafeRawBufferPointer, at offset: inout Int
  ) throws(ImageError) -> Chunk {
    guard let length = bytes.bigEndian32(at: offset), offset + 8 <= bytes.count else {
      throw .truncated(format: "PNG", part: "a chunk's header")
    }
    let type = String(decoding: bytes[offset + 4..<offset + 8], as: UTF8.self)
    guard let stored = bytes.bigEndian32(at: offset + 8 + length) else {
      throw .truncated(format: "PNG", part: "chunk \(type)")
    }
    let body = UnsafeRawBufferPointer(rebasing: bytes[offset + 8..<offset + 8 + length])
    let checked = UnsafeRawBufferPointer(rebasing: bytes[offset + 4..<offset + 8 + length])
    guard UInt32(stored) == ci_libdeflate_crc32(0, checked.baseAddress, checked.count) else {
      throw .corrupt(format: "PNG", reason: "the checksum of chunk \(type) does not match")
    }
    offset += 12 + length
    return Chunk(type: type, body: body)
  }

  /// 256 entries: those that the file does not name are black, as Pillow has it.
  private static func fullPalette(_ body: UnsafeRawBufferPointer) -> [UInt8] {
    body.prefix(768) + [UInt8](repeating: 0, count: max(0, 768 - body.count))
  }

  /// The pixels, as 8-bit RGB.
  func decode() throws(ImageError) -> RGBImage {
    if header.colorType == 3, palette == nil {
      throw .corrupt(format: "PNG", reason: "the palette is missing")
    }
    var raw = try inflate()
    var pixels = [UInt8](repeating: 0, count: header.width * header.height * 3)
    let lookup = palette ?? []
    var start = 0
    for pass in header.passes where pass.width > 0 && pass.height > 0 {
      let rowBytes = header.rowBytes(width: pass.width)
      let status = raw.withUnsafeMutableBufferPointer { rows in
        cpx_png_unfilter(
          rows.baseAddress?.advanced(by: start), rowBytes, pass.height, header.pixelBytes)
      }
      guard status == 0 else { throw .corrupt(format: "PNG", reason: "unknown row filter") }
      raw.withUnsafeBufferPointer { rows in
        pixels.withUnsafeMutableBufferPointer { out in
          for row in 0..<pass.height {
            let target = (pass.y + row * pass.yStep) * header.width + pass.x
            cpx_png_expand(
              rows.baseAddress?.advanced(by: start + row * (rowBytes + 1) + 1), pass.width,
              header.colorType, header.bitDepth, lookup, out.baseAddress?.advanced(by: 3 * target),
              pass.xStep)
          }
        }
      }
      start += (rowBytes + 1) * pass.height
    }
    return RGBImage(width: header.width, height: header.height, pixels: pixels)
      .upright(orientation: orientation)
  }

  /// The filtered scanlines of all passes.
  private func inflate() throws(ImageError) -> [UInt8] {
    let size = header.passes.reduce(0) { total, pass in
      pass.width == 0 ? total : total + (header.rowBytes(width: pass.width) + 1) * pass.height
    }
    // Deflate shrinks at most to 1/1032: more is a broken header, not worth the memory.
    guard size <= 1040 * (imageData.count + 64) else {
      throw .truncated(format: "PNG", part: "the image data")
    }
    guard let decompressor = ci_libdeflate_alloc_decompressor() else {
      throw .corrupt(format: "PNG", reason: "the decoder did not start")
    }
    defer { ci_libdeflate_free_decompressor(decompressor) }
    var result = LIBDEFLATE_SUCCESS
    let raw = [UInt8](unsafeUninitializedCapacity: size) { buffer, count in
      result = ci_libdeflate_zlib_decompress(
        decompressor, imageData, imageData.count, buffer.baseAddress, size, &count)
    }
    switch result {
    case LIBDEFLATE_SUCCESS where raw.count == size: return raw
    case LIBDEFLATE_SUCCESS, LIBDEFLATE_SHORT_OUTPUT:
      throw .truncated(format: "PNG", part: "the image data")
    case LIBDEFLATE_INSUFFICIENT_SPACE:
      throw .corrupt(format: "PNG", reason: "more image data than the header's size needs")
    default: throw .corrupt(format: "PNG", reason: "the compressed image data is damaged")
    }
  }
}

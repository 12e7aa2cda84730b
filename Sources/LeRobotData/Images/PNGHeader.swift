/// What a PNG's first chunk says, and what follows from it.
struct PNGHeader {
  let width: Int
  let height: Int
  let bitDepth: Int32
  let colorType: Int32
  let isInterlaced: Bool

  init(_ chunk: PNGDecoder.Chunk) throws(ImageError) {
    let body = chunk.body
    guard chunk.type == "IHDR", body.count == 13,
      let width = body.bigEndian32(at: 0), let height = body.bigEndian32(at: 4)
    else { throw .corrupt(format: "PNG", reason: "the first chunk is no header") }
    guard width > 0, height > 0, width * height <= 1 << 28 else {
      throw .unreasonableSize(format: "PNG", width: width, height: height)
    }
    (self.width, self.height) = (width, height)
    (bitDepth, colorType, isInterlaced) = (Int32(body[8]), Int32(body[9]), body[12] == 1)
    let depths: [Int32: [Int32]] = [
      0: [1, 2, 4, 8, 16], 2: [8, 16], 3: [1, 2, 4, 8], 4: [8, 16], 6: [8, 16],
    ]
    guard depths[colorType]?.contains(bitDepth) == true, body[10] == 0, body[11] == 0,
      body[12] <= 1
    else {
      throw .corrupt(
        format: "PNG",
        reason: "the header has colour type \(colorType) with \(bitDepth) bits, compression "
          + "\(body[10]), filter \(body[11]), interlace \(body[12])")
    }
  }

  private var samplesPerPixel: Int { [0: 1, 2: 3, 3: 1, 4: 2][colorType] ?? 4 }

  /// How far the row filters look back, in bytes.
  var pixelBytes: Int32 { Int32(max(1, samplesPerPixel * Int(bitDepth) / 8)) }

  /// Bytes of one scanline without its filter byte.
  func rowBytes(width: Int) -> Int { (width * samplesPerPixel * Int(bitDepth) + 7) / 8 }

  /// One sub-image of the interlacing: where it begins, how far apart its pixels are, its size.
  struct Pass {
    let x: Int, y: Int, xStep: Int, yStep: Int, width: Int, height: Int
  }

  /// Adam7's seven passes, or the whole picture as one.
  var passes: [Pass] {
    let grid: [(x: Int, y: Int, xStep: Int, yStep: Int)] =
      isInterlaced
      ? [
        (0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2),
        (0, 1, 1, 2),
      ]
      : [(0, 0, 1, 1)]
    return grid.map { pass in
      Pass(
        x: pass.x, y: pass.y, xStep: pass.xStep, yStep: pass.yStep,
        width: (width - pass.x + pass.xStep - 1) / pass.xStep,
        height: (height - pass.y + pass.yStep - 1) / pass.yStep)
    }
  }
}

import LeRobotData
import Testing

/// A picture that is written as JPEG is read back as nearly the same.
@Suite struct JPEGEncoderPropertyTests {
  /// Smooth colours, as a camera's; noise is what JPEG drops.
  private static func picture(width: Int, height: Int) -> RGBImage {
    RGBImage(
      width: width, height: height,
      pixels: (0..<height).flatMap { y in
        (0..<width).flatMap { x -> [UInt8] in
          [x * 255 / width, y * 255 / height, (x + y) * 255 / (width + height)].map { UInt8($0) }
        }
      })
  }

  private static func worst(_ first: RGBImage, _ second: RGBImage) -> Int {
    zip(first.pixels, second.pixels).map { abs(Int($0) - Int($1)) }.max() ?? 0
  }

  @Test(arguments: [(1, 1), (7, 5), (96, 96), (33, 200)])
  func picturesAreReadBackAsNearlyTheSame(_ width: Int, _ height: Int) throws {
    let picture = Self.picture(width: width, height: height)
    let read = try ImageDecoder.decode(try JPEGEncoder.encode(picture, quality: 95))
    #expect((read.width, read.height) == (width, height))
    #expect(Self.worst(picture, read) <= 12, "\(Self.worst(picture, read))")
  }

  @Test func qualityTradesSizeForCloseness() throws {
    let picture = Self.picture(width: 128, height: 128)
    let files = try [-5, 20, 90, 200].map { try JPEGEncoder.encode(picture, quality: $0) }
    #expect(files.map(\.count) == files.map(\.count).sorted())
    let distances = try files.map { Self.worst(picture, try ImageDecoder.decode($0)) }
    #expect(distances == distances.sorted(by: >) && distances[0] > distances[3])
  }

  @Test(arguments: [(0, 4), (4, 0), (65_501, 1)])
  func aSizeThatJPEGCannotHoldIsRefused(_ width: Int, _ height: Int) {
    let picture = RGBImage(
      width: width, height: height, pixels: [UInt8](repeating: 0, count: width * height * 3))
    #expect {
      try JPEGEncoder.encode(picture)
    } throws: { error in
      guard case ImageError.notEncodable("JPEG", width, height, _) = error else { return false }
      return true
    }
  }
}

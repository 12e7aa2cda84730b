import Foundation
import LeRobotData
import Support
import Testing

/// Damaged pictures are named, never read wrongly and never crash.
struct ImagePropertyTests {
  static func bytes(_ name: String) throws -> [UInt8] {
    try PictureFixture.bytes(name)
  }

  static func error(_ bytes: [UInt8]) -> ImageError? {
    do throws(ImageError) {
      _ = try ImageDecoder.decode(bytes)
      return nil
    } catch {
      return error
    }
  }

  @Test(arguments: ["png colour 2 depth 8", "jpeg subsampling 2"])
  func anyPrefixIsTruncated(_ name: String) throws {
    let whole = try Self.bytes(name)
    for length in 1..<whole.count - 2 {
      switch Self.error(Array(whole[..<length])) {
      case .truncated: continue
      // Cut between two of a JPEG's headers, libjpeg calls the file empty.
      case .corrupt(format: "JPEG", _): continue
      case let other:
        Issue.record("\(length) of \(whole.count) bytes: \(String(describing: other))")
        return
      }
    }
  }

  /// Rows of one filter in a row, and mixed ones, on pictures as narrow as a pixel.
  @Test(arguments: [3, 4], 0..<40 as Range<UInt64>)
  func rowsOfAnyFiltersReadBack(_ channels: Int, _ seed: UInt64) throws {
    var generator = SplitMix64(seed: seed)
    let width = Int.random(in: 1...20, using: &generator)
    let filters = (0..<Int.random(in: 1...14, using: &generator)).map { _ -> UInt8 in
      seed % 3 == 0 ? 4 : [0, 1, 2, 3, 4, 4, 4, 4, 4, 4].randomElement(using: &generator) ?? 4
    }
    let pixels = (0..<filters.count * width * channels).map { _ in
      UInt8.random(in: 0...255, using: &generator)
    }
    let image = try ImageDecoder.decode(
      PNGFile.encode(pixels, width: width, channels: channels, filters: filters))
    let colours = pixels.indices.filter { $0 % channels < 3 }.map { pixels[$0] }
    #expect(image.pixels == colours, "\(width) wide, filters \(filters), seed \(seed)")
  }

  @Test func bytesOfAnotherFormatAreNamed() {
    #expect(Self.error(Array("hello".utf8)) == .unknownFormat(firstBytes: Array("hello".utf8)))
    #expect(Self.error(Array("GIF8".utf8)) == .truncated(format: "GIF", part: "the signature"))
    #expect(Self.error([]) == .unknownFormat(firstBytes: []))
  }

  @Test func flippedBitFailsItsChecksum() throws {
    var damaged = try Self.bytes("png colour 2 depth 8")
    damaged[60] ^= 4
    #expect(
      Self.error(damaged)
        == .corrupt(format: "PNG", reason: "the checksum of chunk IDAT does not match"))
  }

  @Test func paletteMustBeThere() throws {
    let whole = try Self.bytes("png palette depth 8")
    // The palette chunk follows the header: 12 bytes around 768.
    let damaged = Array(whole[..<33] + whole[(33 + 12 + 768)...])
    #expect(Self.error(damaged) == .corrupt(format: "PNG", reason: "the palette is missing"))
  }

  @Test func hugeHeaderIsRefusedBeforeMemoryIsTaken() {
    // 65000 × 65000 pixels, baseline, one component.
    let jpeg: [UInt8] = [
      0xFF, 0xD8, 0xFF, 0xC0, 0, 11, 8, 0xFD, 0xE8, 0xFD, 0xE8, 1, 1, 0x11, 0, 0xFF, 0xDA, 0, 8, 1,
      1, 0, 0, 63, 0,
    ]
    #expect(
      Self.error(jpeg) == .unreasonableSize(format: "JPEG", width: 65000, height: 65000))
  }

  @Test func turningTwiceByOppositeQuartersIsNoTurn() {
    let image = RGBImage(width: 2, height: 3, pixels: Array(0..<18))
    #expect(image.upright(orientation: 6).upright(orientation: 8) == image)
    for mirror in [2, 3, 4, 5, 7] {
      #expect(image.upright(orientation: mirror).upright(orientation: mirror) == image)
    }
  }
}

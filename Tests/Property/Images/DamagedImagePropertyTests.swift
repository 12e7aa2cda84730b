import LeRobotData
import Support
import Testing

/// A damaged picture of the formats beside PNG and JPEG is an error in one line or a picture: never a
/// crash, never what memory held before.
struct DamagedImagePropertyTests {
  private static let names = [
    "webp lossy", "webp lossless", "webp lossy with alpha", "webp animated in a corner",
    "bmp 24 bits", "bmp palette", "bmp runs", "gif", "gif in a corner with transparency",
    "tiff raw", "tiff tiff_lzw", "tiff tiff_adobe_deflate", "tiff palette",
  ]

  private static func decode(_ bytes: [UInt8]) -> Result<RGBImage, ImageError> {
    Result { () throws(ImageError) in try ImageDecoder.decode(bytes) }
  }

  @Test(arguments: names)
  func aPictureCutShortIsAnErrorUnlessAllOfItIsThere(_ name: String) throws {
    let whole = try PictureFixture.bytes(name)
    let image = try ImageDecoder.decode(whole)
    var refused = 0
    for length in 0..<whole.count {
      switch Self.decode(Array(whole[..<length])) {
      case .success(let part): #expect(part == image, "\(length) of \(whole.count) bytes")
      case .failure: refused += 1
      }
    }
    #expect(refused > whole.count / 2, "\(refused) of \(whole.count)")
  }

  @Test(arguments: names)
  func aDamagedPictureIsTheSameEveryTime(_ name: String) throws {
    let seed = name.utf8.reduce(5) { $0 &* 31 &+ UInt64($1) }
    let original = try PictureFixture.bytes(name)
    let size = try ImageDecoder.decode(original).pixels.count
    var mutator = ByteMutator(seed: seed)
    var refused = 0
    for index in 0..<300 {
      let damaged = mutator.damage(original, within: original.count)
      let outcomes = [0x00, 0xFF].map { (garbage: UInt8) in
        // What is freed here is what the decoder gets next.
        for _ in 0..<4 { _ = [UInt8](repeating: garbage, count: size) }
        return Self.decode(damaged)
      }
      #expect(outcomes[0] == outcomes[1], "seed \(seed), \(index)")
      if case .failure(let error) = outcomes[0] {
        refused += 1
        #expect(!error.description.contains("\n"), "seed \(seed), \(index)")
      }
    }
    #expect(refused > 20, "\(refused) of 300")
  }

  @Test(
    arguments: [
      ("HEIC", [0, 0, 0, 24] + Array("ftypheic".utf8)), ("JPEG XL", [0xFF, 0x0A, 1, 2]),
      ("AVIF", [0, 0, 0, 32] + Array("ftypavif".utf8)),
      ("JPEG 2000", [0, 0, 0, 12] + Array("jP  \r\n".utf8)),
      ("OpenEXR", [0x76, 0x2F, 0x31, 0x01]), ("PPM", Array("P6\n5 4\n255\n".utf8)),
    ] as [(String, [UInt8])])
  func aFormatThatIsNotReadIsNamed(_ name: String, _ bytes: [UInt8]) {
    #expect(Self.decode(bytes) == .failure(.unreadFormat(name)))
    #expect(ImageError.unreadFormat(name).description.contains("its format is \(name),"))
  }

  @Test func aHeaderThatClaimsTooMuchIsRefusedBeforeMemoryIsTaken() throws {
    var webP = try PictureFixture.bytes("webp lossless")
    // 14 bits each of width and height, from byte 21 on.
    webP.replaceSubrange(21..<25, with: [0xFF, 0xFF, 0xFF, 0x0F])
    #expect(
      Self.decode(webP)
        == .failure(.unreasonableSize(format: "WebP", width: 16384, height: 16384)))
    var bmp = try PictureFixture.bytes("bmp 24 bits")
    bmp.replaceSubrange(18..<30, with: [UInt8](repeating: 0xFF, count: 12))
    #expect(Self.decode(bmp) == .failure(.truncated(format: "BMP", part: "the image data")))
    var gif = try PictureFixture.bytes("gif")
    gif.replaceSubrange(6..<10, with: [0xFF, 0xFF, 0xFF, 0xFF])
    guard case .failure(.corrupt("GIF", _)) = Self.decode(gif) else {
      Issue.record("\(Self.decode(gif))")
      return
    }
  }
}

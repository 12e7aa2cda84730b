import LeRobotData
import Support
import Testing

/// A damaged JPEG is what Pillow makes of it, or an error: never what memory held before.
struct DamagedJPEGPropertyTests {
  private static let names = ["jpeg subsampling 0", "jpeg subsampling 2", "jpeg progressive"]

  /// The offset of a marker, found by walking over the segments before it.
  private static func offset(of marker: UInt8, in bytes: [UInt8]) throws -> Int {
    var offset = 2
    while bytes[offset + 1] != marker {
      try #require(bytes[offset] == 0xFF && bytes[offset + 1] != 0xDA, "no such marker")
      offset += 2 + Int(bytes[offset + 2]) << 8 + Int(bytes[offset + 3])
    }
    return offset
  }

  /// libjpeg reports the failure after a warning as a warning, and no row is written.
  @Test func aDecoderThatGivesUpAfterAWarningIsAnError() throws {
    var bytes = try ImagePropertyTests.bytes("jpeg subsampling 2")
    let scan = try Self.offset(of: 0xDA, in: bytes)
    // The tables of the first component, which nothing defines.
    bytes[scan + 6] = 0x33
    #expect(
      ImagePropertyTests.error(bytes)
        == .corrupt(format: "JPEG", reason: "Huffman table 0x03 was not defined"))
    bytes.insert(0x55, at: try Self.offset(of: 0xDB, in: bytes))
    #expect(
      ImagePropertyTests.error(bytes)
        == .corrupt(format: "JPEG", reason: "Huffman table 0x03 was not defined"))
  }

  /// Bytes between two segments are skipped, with a warning that costs nothing.
  @Test func aWarningAloneLeavesThePictureAsItIs() throws {
    let whole = try ImagePropertyTests.bytes("jpeg subsampling 2")
    var bytes = whole
    bytes.insert(0x55, at: try Self.offset(of: 0xDB, in: bytes))
    #expect(try ImageDecoder.decode(bytes) == ImageDecoder.decode(whole))
  }

  @Test(arguments: 0..<6 as Range<UInt64>)
  func aDamagedPictureIsTheSameEveryTime(seed: UInt64) throws {
    let original = try ImagePropertyTests.bytes(Self.names[Int(seed) % Self.names.count])
    let size = try ImageDecoder.decode(original).pixels.count
    var mutator = ByteMutator(seed: seed)
    var decoded = 0
    for index in 0..<500 {
      let damaged = mutator.damage(original, within: original.count)
      let outcomes = [0x00, 0xFF].map { (garbage: UInt8) in
        // What is freed here is what the decoder gets next.
        for _ in 0..<4 { _ = [UInt8](repeating: garbage, count: size) }
        return Result { () throws(ImageError) in try ImageDecoder.decode(damaged) }
      }
      #expect(outcomes[0] == outcomes[1], "seed \(seed), \(index)")
      if case .success = outcomes[0] { decoded += 1 }
    }
    #expect(decoded > 50, "\(decoded) of 500 are still pictures")
  }

  @Test func aSizeThatTheBytesCannotHoldIsTruncated() throws {
    var bytes = try ImagePropertyTests.bytes("jpeg subsampling 2")
    let frame = try Self.offset(of: 0xC0, in: bytes)
    bytes.replaceSubrange(frame + 5..<frame + 9, with: [0x3F, 0xFF, 0x3F, 0xFF])
    #expect(
      ImagePropertyTests.error(bytes) == .truncated(format: "JPEG", part: "the image data"))
  }
}

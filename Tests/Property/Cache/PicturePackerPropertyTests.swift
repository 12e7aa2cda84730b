import Foundation
import LeRobotData
import Support
import Testing

/// Packing loses nothing, and nothing that is damaged is taken for a picture.
struct PicturePackerPropertyTests {
  enum Kind: CaseIterable { case noise, smooth, steps, extremes, constant }

  private static func picture(
    _ kind: Kind, _ size: (height: Int, width: Int), _ generator: inout SplitMix64
  ) -> [UInt8] {
    (0..<3 * size.height * size.width).map { index in
      let noise = UInt8.random(in: 0...255, using: &generator)
      let x = index % size.width
      return switch kind {
      case .noise: noise
      case .smooth: UInt8(truncatingIfNeeded: x + index / size.width) &+ noise % 4
      case .steps: UInt8(truncatingIfNeeded: x / 7 * 40)
      case .extremes: noise < 128 ? 0 : 255
      case .constant: 200
      }
    }
  }

  private static func packed(_ picture: [UInt8], _ size: (height: Int, width: Int)) -> [UInt8] {
    let packer = PicturePacker(size: size)
    return withExtendedLifetime(packer) { Array(packer.pack(picture)) }
  }

  private static func unpacked(
    _ record: [UInt8], _ size: (height: Int, width: Int),
    convert: (PlanarPicture) -> Bool = { _ in false }
  ) -> [UInt8]? {
    var picture = [UInt8](repeating: 9, count: 3 * size.height * size.width)
    let isWhole = (record + [UInt8](repeating: 255, count: PicturePacker.slack)).withUnsafeBytes {
      PicturePacker(size: size).unpack(
        UnsafeRawBufferPointer(rebasing: $0[..<record.count]), into: &picture, convert: convert)
    }
    return isWhole ? picture : nil
  }

  @Test(arguments: Kind.allCases)
  func picturesComeBack(_ kind: Kind) {
    var generator = SplitMix64(seed: 3)
    for width in Array(1...20) + [63, 64, 65, 96, 128, 130] {
      let size = (height: 1 + width % 7, width: width)
      let picture = Self.picture(kind, size, &generator)
      let record = Self.packed(picture, size)
      #expect(record.count <= PicturePacker.bound(size))
      // Not within the macro, which would print every byte.
      let isSame = Self.unpacked(record, size) == picture
      #expect(isSame, "\(kind), \(width) wide")
    }
  }

  /// Planes whose rows lie apart, of any of the formats that have three planes of bytes.
  @Test(arguments: [(0, 1, 1), (12, 1, 1), (4, 1, 0), (13, 1, 0), (5, 0, 0), (14, 0, 0)])
  func planesComeBack(format: Int32, across: Int, down: Int) {
    var generator = SplitMix64(seed: 4)
    for size: (height: Int, width: Int) in [(5, 7), (8, 64), (3, 130), (1, 1)] {
      let small = (
        height: (size.height + down) >> down, width: (size.width + across) >> across
      )
      let planes = [size, small, small].map { Self.plane($0, &generator) }
      defer { for plane in planes { plane.bytes.deallocate() } }
      let kind = PlanarPicture.Kind(format: format, colorSpace: 6, colorRange: 2)
      let packer = PicturePacker(size: size)
      let record = withExtendedLifetime(packer) {
        Array(packer.pack(PlanarPicture(kind: kind, planes: planes)))
      }
      var found: [[UInt8]] = []
      let isConverted = Self.unpacked(record, size) { picture in
        #expect(picture.kind == kind)
        found = picture.planes.map(Self.samples)
        return true
      }
      #expect(isConverted != nil)
      let areSame = found == planes.map(Self.samples)
      #expect(areSame, "format \(format), \(size)")
    }
  }

  /// A plane with three bytes between its rows.
  private static func plane(
    _ size: (height: Int, width: Int), _ generator: inout SplitMix64
  ) -> PlanarPicture.Plane {
    let count = size.height * (size.width + 3)
    let bytes = UnsafeMutablePointer<UInt8>.allocate(capacity: count)
    for index in 0..<count { bytes[index] = UInt8.random(in: 90...140, using: &generator) }
    return PlanarPicture.Plane(
      bytes: bytes, stride: size.width + 3, width: size.width, height: size.height)
  }

  private static func samples(_ plane: PlanarPicture.Plane) -> [UInt8] {
    (0..<plane.height).flatMap { row in
      (0..<plane.width).map { plane.bytes[row * plane.stride + $0] }
    }
  }

  @Test func aRecordOfAnotherLengthIsRefused() {
    let size = (height: 3, width: 70)
    var generator = SplitMix64(seed: 5)
    let picture = Self.picture(.smooth, size, &generator)
    let record = Self.packed(picture, size)
    let accepted = (0..<record.count).filter { Self.unpacked(Array(record[..<$0]), size) != nil }
    #expect(accepted == [])
    let isLongerRefused = Self.unpacked(record + [0], size) == nil
    #expect(isLongerRefused)
  }

  /// Whatever the bytes are, nothing outside is touched (under the address sanitizer) and nothing
  /// ends the program.
  @Test func changedBytesAreRefusedOrMakeSomePicture() {
    let size = (height: 4, width: 33)
    var generator = SplitMix64(seed: 6)
    let record = Self.packed(Self.picture(.steps, size, &generator), size)
    var refused = 0
    for _ in 0..<2000 {
      var changed = record
      let place = Int.random(in: 0..<record.count, using: &generator)
      changed[place] ^= 1 << UInt8.random(in: 0..<8, using: &generator)
      refused += Self.unpacked(changed, size) { _ in true } == nil ? 1 : 0
    }
    #expect((100..<2000).contains(refused))
  }
}

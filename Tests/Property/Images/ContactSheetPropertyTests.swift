import LeRobotCore
import LeRobotData
import Support
import Testing

/// A sheet shows the samples of a batch where they belong, in the colours they had.
@Suite struct ContactSheetPropertyTests {
  /// The colour of a pixel.
  private static func colour(_ sheet: RGBImage, _ x: Int, _ y: Int) -> [UInt8] {
    let start = 3 * (y * sheet.width + x)
    return Array(sheet.pixels[start..<start + 3])
  }

  /// Bytes of [B, T, C, H, W] that tell their place.
  private static func bytes(_ shape: [Int]) -> [UInt8] {
    (0..<shape.reduce(1, *)).map { UInt8($0 * 37 % 251) }
  }

  @Test func samplesStandSideBySideAndTimesBelowEachOther() throws {
    let (shape, gap) = ([3, 2, 3, 4, 5], 2)
    let bytes = Self.bytes(shape)
    let sheet = try #require(
      ContactSheet.image(of: .picture(PictureBytes(bytes, shape: shape))))
    #expect((sheet.width, sheet.height) == (3 * 5 + 2 * gap, 2 * 4 + gap))
    var shown: Set<[Int]> = []
    for sample in 0..<3 {
      for time in 0..<2 {
        for y in 0..<4 {
          for x in 0..<5 {
            let place = [sample * (5 + gap) + x, time * (4 + gap) + y]
            shown.insert(place)
            let expected = (0..<3).map { channel in
              bytes[(((sample * 2 + time) * 3 + channel) * 4 + y) * 5 + x]
            }
            #expect(Self.colour(sheet, place[0], place[1]) == expected)
          }
        }
      }
    }
    for y in 0..<sheet.height {
      for x in 0..<sheet.width where !shown.contains([x, y]) {
        #expect(Self.colour(sheet, x, y) == [128, 128, 128])
      }
    }
  }

  @Test func bytesAreShownAsTheyAreWhateverTheyAreNormalisedTo() throws {
    let bytes = Self.bytes([2, 3, 4, 4])
    let table = (0..<256).map { (Float($0) / 255 - 0.485) / 0.229 }
    let plain = ContactSheet.image(of: .picture(PictureBytes(bytes, shape: [2, 3, 4, 4])))
    let normalised = PictureBytes(bytes, shape: [2, 3, 4, 4], table: table, inner: bytes.count)
    #expect(plain != nil && ContactSheet.image(of: .picture(normalised)) == plain)
    let tensor = HostTensor(bytes, shape: [2, 3, 4, 4])
    #expect(ContactSheet.image(of: .tensor(tensor)) == plain)
  }

  @Test func numbersOfZeroToOneAreShownAsTheyAre() throws {
    let tensor = HostTensor([0, 0.25, 0.5, 0.75] as [Float], shape: [1, 1, 2, 2])
    let sheet = try #require(ContactSheet.image(of: .tensor(tensor)))
    #expect(sheet.pixels == [0, 64, 128, 191].flatMap { [$0, $0, $0] })
  }

  @Test func otherNumbersAreStretchedChannelByChannel() throws {
    let numbers: [Float] = [-2, 0, 2, .nan, 5, 5, 5, 5, 0, 10, 20, .infinity]
    let tensor = HostTensor(numbers, shape: [1, 3, 2, 2])
    let sheet = try #require(ContactSheet.image(of: .tensor(tensor)))
    #expect(Self.colour(sheet, 0, 0) == [0, 128, 0])
    #expect(Self.colour(sheet, 1, 0) == [128, 128, 128])
    #expect(Self.colour(sheet, 0, 1) == [255, 128, 255])
    #expect(Self.colour(sheet, 1, 1) == [0, 128, 255])
  }

  @Test func anInverseGivesTheCamerasColours() throws {
    let (mean, deviation) = ([0.5, 0.4, 0.3] as [Float], [0.2, 0.25, 0.3] as [Float])
    let bytes = Self.bytes([1, 3, 3, 3])
    let numbers = bytes.enumerated().map { index, byte in
      (Float(byte) / 255 - mean[index / 9]) / deviation[index / 9]
    }
    let sheet = ContactSheet.image(of: .tensor(HostTensor(numbers, shape: [1, 3, 3, 3]))) {
      $1 * deviation[$0] + mean[$0]
    }
    #expect(
      sheet == ContactSheet.image(of: .picture(PictureBytes(bytes, shape: [1, 3, 3, 3]))))
  }

  @Test func aWideSheetIsMadeSmallerByAWholeNumber() throws {
    // Squares of 3 by 3 pixels: 0…8 below each other in a column, then a rest that is dropped.
    let value = Batch.Value.picture(
      PictureBytes((0..<4 * 7 * 7).map { UInt8($0 % 49) }, shape: [4, 1, 7, 7]))
    let sheet = try #require(ContactSheet.image(of: value, widthLimit: 15))
    #expect((sheet.width, sheet.height) == (4 * 2 + 3 * 2, 2))
    // Rows 0…2 and columns 0…2 of 7: 0, 1, 2, 7, 8, 9, 14, 15, 16.
    #expect(Self.colour(sheet, 0, 0) == [8, 8, 8])
    #expect(Self.colour(sheet, 1, 1) == [32, 32, 32])
  }

  @Test(arguments: [1, 8, 30], [96, 640, 5000])
  func noSheetIsMuchTooWide(_ samples: Int, _ width: Int) throws {
    let picture = PictureBytes(
      [UInt8](repeating: 9, count: samples * 40 * width), shape: [samples, 1, 40, width])
    let sheet = try #require(ContactSheet.image(of: .picture(picture)))
    #expect(sheet.width <= 1600 && sheet.width > 90)
  }

  @Test func aCropShowsWhatThePolicySees() throws {
    let bytes = Self.bytes([1, 3, 6, 8])
    let value = Batch.Value.picture(PictureBytes(bytes, shape: [1, 3, 6, 8]))
    let crop = PictureCrop(top: 1, left: 2, height: 3, width: 4)
    let (whole, part) = (
      try #require(ContactSheet.image(of: value)),
      try #require(ContactSheet.image(of: value, crop: crop))
    )
    #expect((part.width, part.height) == (4, 3))
    for y in 0..<3 {
      for x in 0..<4 { #expect(Self.colour(part, x, y) == Self.colour(whole, x + 2, y + 1)) }
    }
    // Beside the picture there is nothing to show.
    let beside = PictureCrop(top: 0, left: 8, height: 3, width: 4)
    #expect(ContactSheet.image(of: value, crop: beside) == nil)
  }

  @Test(arguments: [[2, 3], [2, 2, 4, 4], [0, 3, 4, 4], [2, 3, 0, 4], [1, 1, 1, 3, 4, 4]])
  func whatIsNoPictureHasNoSheet(_ shape: [Int]) {
    let numbers = [Float](repeating: 0, count: shape.reduce(1, *))
    #expect(ContactSheet.image(of: .tensor(HostTensor(numbers, shape: shape))) == nil)
  }
}

import Foundation
import LeRobotData
import Support
import Testing

/// Pictures as Pillow reads them.
struct ImageGoldenTests {
  @Test(arguments: try PictureFixture.load("decoding") + PictureFixture.load("formats"))
  func pixelsMatchPillow(_ picture: PictureFixture) throws {
    let image = try ImageDecoder.decode(Array(picture.file))
    #expect(image.width == picture.width && image.height == picture.height)
    try #require(image.pixels.count == picture.pixels.count)
    if let index = image.pixels.indices.first(where: { image.pixels[$0] != picture.pixels[$0] }) {
      Issue.record("byte \(index): \(image.pixels[index]), Pillow has \(picture.pixels[index])")
    }
  }
}

import Foundation
import LeRobotData
import Support
import Testing

/// Pictures as Pillow reads them.
struct ImageGoldenTests {
  struct Picture: Decodable, CustomStringConvertible {
    let name: String
    let file: Data
    let width: Int
    let height: Int
    let pixels: Data
    var description: String { name }
  }

  static func pictures() throws -> [Picture] {
    let url = RepositoryFiles.fixtures.appending(path: "images/decoding.json")
    return try JSONDecoder().decode([Picture].self, from: Data(contentsOf: url))
  }

  @Test(arguments: try pictures())
  func pixelsMatchPillow(_ picture: Picture) throws {
    let image = try ImageDecoder.decode(Array(picture.file))
    #expect(image.width == picture.width && image.height == picture.height)
    try #require(image.pixels.count == picture.pixels.count)
    if let index = image.pixels.indices.first(where: { image.pixels[$0] != picture.pixels[$0] }) {
      Issue.record("byte \(index): \(image.pixels[index]), Pillow has \(picture.pixels[index])")
    }
  }
}

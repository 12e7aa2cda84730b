import Foundation

/// A picture file of `Fixtures/images` and its pixels as Pillow reads them.
package struct PictureFixture: Decodable, Sendable, CustomStringConvertible {
  package let name: String
  package let file: Data
  package let width: Int
  package let height: Int
  /// [height, width, 3].
  package let pixels: Data
  package var description: String { name }

  /// - Parameter list: `decoding` (PNG and JPEG) or `formats` (the others).
  package static func load(_ list: String) throws -> [PictureFixture] {
    let url = RepositoryFiles.fixtures.appending(path: "images/\(list).json")
    return try JSONDecoder().decode([PictureFixture].self, from: Data(contentsOf: url))
  }

  /// The bytes of one of all pictures.
  package static func bytes(_ name: String) throws -> [UInt8] {
    let all = try load("decoding") + load("formats")
    guard let found = all.first(where: { $0.name == name }) else {
      throw MissingGolden(name: "images", key: name)
    }
    return Array(found.file)
  }
}

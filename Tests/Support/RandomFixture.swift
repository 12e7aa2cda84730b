import Foundation

/// Goldens of random streams: JSON whose floats are written as their bit patterns.
package enum RandomFixture {
  /// Decodes `Fixtures/random/NAME.json`.
  package static func load<Content: Decodable>(
    _: Content.Type, _ name: String
  ) throws -> Content {
    let file = RepositoryFiles.fixtures.appending(path: "random/\(name).json")
    return try JSONDecoder().decode(Content.self, from: Data(contentsOf: file))
  }

  /// The bytes a string of hexadecimal digits spells.
  package static func bytes(_ hexadecimal: String) -> [UInt8] {
    let digits = hexadecimal.utf8.map { $0 <= UInt8(ascii: "9") ? $0 - 48 : $0 - 87 }
    return stride(from: 0, to: digits.count - 1, by: 2).map { digits[$0] << 4 | digits[$0 + 1] }
  }
}

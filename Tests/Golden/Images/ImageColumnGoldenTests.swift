import Foundation
import LeRobotData
import Support
import Testing

/// Pictures in every form that a Parquet column may hold them in.
struct ImageColumnGoldenTests {
  struct Columns: Decodable {
    let pictures: [Data]
    let lerobot: [String: Bool]
  }

  static let size = (height: 4, width: 5)
  static let root = RepositoryFiles.fixtures.appending(path: "images/columns").path

  static func columns() throws -> Columns {
    let url = RepositoryFiles.fixtures.appending(path: "images/columns.json")
    return try JSONDecoder().decode(Columns.self, from: Data(contentsOf: url))
  }

  static func reader(_ column: String, root: String? = root) throws -> any CameraReader {
    try StoredImages(
      key: column, episodes: [Episode(index: 0, rows: 0..<3)],
      places: [.init(file: "\(Self.root)/data.parquet", firstRow: 0)], root: root
    ).makeReader()
  }

  /// One picture, [4, 5, 3].
  static func picture(_ row: Int, _ reader: any CameraReader) throws -> [UInt8] {
    let count = size.height * size.width
    var planes = [UInt8](repeating: 0, count: 3 * count)
    try planes.withUnsafeMutableBufferPointer { buffer in
      if let base = buffer.baseAddress { try reader.read(row, into: base) }
    }
    return (0..<count).flatMap { pixel in (0..<3).map { planes[$0 * count + pixel] } }
  }

  @Test(arguments: try columns().lerobot.keys.sorted())
  func everyFormIsRead(_ column: String) throws {
    let wanted = try Self.columns().pictures
    let reader = try Self.reader(column)
    for row in [2, 0, 1] {
      #expect(try Self.picture(row, reader) == Array(wanted[row]), "row \(row)")
    }
  }

  @Test func aPathWhereNoFileIsNamesThePlaces() throws {
    let (path, folder) = ("images/camera/episode_000000/frame_000000.png", "no/such/folder")
    let expected = DataError.missingImageFile(
      file: "\(Self.root)/data.parquet", camera: "paths", row: 0, path: path,
      looked: ["\(folder)/\(path)", path])
    #expect(throws: expected) { try Self.reader("paths", root: folder) }
    #expect(throws: DataError.self) { try Self.reader("moved", root: folder) }
  }
}

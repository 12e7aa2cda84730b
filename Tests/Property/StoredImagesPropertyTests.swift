import Foundation
import LeRobotData
import Support
import Testing

/// The temporary copy of pictures that stand in Parquet files.
struct StoredImagesPropertyTests {
  private static let size = (height: 16, width: 24)

  /// The pictures of v21's three episodes, each in a file of its own.
  private static func images(limit: Int?) throws -> StoredImages {
    let ranges = [0..<7, 7..<12, 12..<21]
    return try StoredImages(
      key: "observation.image",
      episodes: ranges.enumerated().map { Episode(index: $0.offset, rows: $0.element) },
      places: ranges.indices.map { episode in
        let folder = DatasetFixture.layout("v21") + "/data/chunk-000"
        return StoredImages.Place(file: "\(folder)/episode_00000\(episode).parquet", firstRow: 0)
      }, limit: limit)
  }

  private static func picture(_ row: Int, _ reader: any CameraReader) throws -> [UInt8] {
    var bytes = [UInt8](repeating: 0, count: 3 * size.height * size.width)
    try bytes.withUnsafeMutableBufferPointer { buffer in
      if let base = buffer.baseAddress { try reader.read(row, into: base) }
    }
    return bytes
  }

  @Test func aFullCopyIsEmptiedAndFilledAgain() throws {
    let (whole, small) = (try Self.images(limit: nil), try Self.images(limit: 1))
    let (wanted, found) = (whole.makeReader(), small.makeReader())
    var largest = 0
    for row in [0, 20, 3, 8, 11, 1, 15, 6, 7] {
      #expect(try Self.picture(row, found) == Self.picture(row, wanted), "row \(row)")
      largest = max(largest, small.storedBytes)
    }
    #expect(largest > 0)
    #expect(
      largest < whole.storedBytes / 2, "\(largest) of \(whole.storedBytes) bytes at once")
  }

  @Test func whatFitsIsReadOnce() throws {
    let images = try Self.images(limit: nil)
    let reader = images.makeReader()
    for row in 0..<21 { _ = try Self.picture(row, reader) }
    let once = images.storedBytes
    for row in 0..<21 { _ = try Self.picture(row, reader) }
    #expect(images.storedBytes == once)
  }

  /// What LeRobot trains on is the pictures, whatever is declared of them.
  @Test func anotherSizeThanDeclaredIsAWarning() throws {
    let folder = try TemporaryFolder()
    let path = try DatasetFixture.copy("v21", into: folder)
    let file = URL(filePath: path + "/meta/info.json")
    var info = try #require(
      JSONSerialization.jsonObject(with: Data(contentsOf: file)) as? [String: Any])
    var features = try #require(info["features"] as? [String: [String: Any]])
    features["observation.image"]?["shape"] = [48, 32, 3]
    info["features"] = features
    try JSONSerialization.data(withJSONObject: info).write(to: file)

    let dataset = try DatasetFixture.open(path)
    #expect(
      dataset.contents.warnings == [
        "\(path)/data/chunk-000/episode_000000.parquet: pictures of observation.image are 16x24, "
          + "meta/info.json declares 48x32; the real size is used"
      ])
    #expect(dataset.policyFeatures["observation.image"]?.shape == [3, 16, 24])
    let declared = try DatasetFixture.open(DatasetFixture.layout("v21"))
    for row in [0, 20] {
      #expect(
        try dataset.makeReader().item(row)["observation.image"]
          == declared.makeReader().item(row)["observation.image"], "row \(row)")
    }
  }
}

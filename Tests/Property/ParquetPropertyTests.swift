import LeRobotData
import Support
import Testing

/// What is written is read again.
struct ParquetPropertyTests {
  @Test(arguments: 0..<20 as Range<UInt64>)
  func writtenTablesReadBack(seed: UInt64) throws {
    var random = SplitMix64(seed: seed)
    let rows = Int.random(in: 0...40, using: &random)
    let floats = (0..<rows * 3).map { _ in Float.random(in: -1...1, using: &random) }
    let integers = (0..<rows).map { _ in Int64.random(in: .min ... .max, using: &random) }
    let flags = (0..<rows).map { _ in Bool.random(using: &random) }
    let texts = (0..<rows).map { _ in
      String(repeating: "ü", count: .random(in: 0...5, using: &random))
    }
    var offsets: [Int32] = [0]
    for _ in 0..<rows { offsets.append((offsets.last ?? 0) + .random(in: 0...3, using: &random)) }
    let ragged = (0..<Int(offsets.last ?? 0)).map(Double.init)

    let folder = try TemporaryFolder()
    let path = folder.file("table.parquet")
    try ParquetWriter.write(
      [
        ("vector", .fixedList(width: 3, .floats(floats))), ("integer", .integers(integers)),
        ("flag", .booleans(flags)), ("text", .strings(texts)),
        ("ragged", .list(offsets: offsets, .doubles(ragged))),
        ("pair", .structure(rowCount: rows, [("bytes", .bytes(texts.map { Array($0.utf8) }))])),
      ], to: path)

    let batch = try ParquetFile(path: path).read()
    #expect(batch.rowCount == rows)
    #expect(try batch.column("vector").floats() == floats)
    #expect(try batch.column("integer").integers() == integers)
    #expect(try batch.column("flag").booleans() == flags)
    #expect(try batch.column("ragged").doubles() == ragged)
    let (text, bytes) = (try batch.column("text"), try batch.column("pair").member("bytes"))
    for row in 0..<rows {
      #expect(try text.string(row) == texts[row])
      #expect(try bytes.withBytes(row) { Array($0) } == Array(texts[row].utf8))
    }
  }

  @Test func severalCallsMakeSeveralRowGroups() throws {
    let folder = try TemporaryFolder()
    let path = folder.file("groups.parquet")
    let writer = try ParquetWriter(path: path, columns: [("x", .integers([]))], compression: .zstd)
    for value in 0..<3 { try writer.write([("x", .integers([Int64(value)]))]) }
    try writer.close()
    #expect(try ParquetFile(path: path).rowGroupSizes == [1, 1, 1])
  }
}

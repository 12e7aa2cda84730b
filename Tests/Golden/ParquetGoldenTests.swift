import Foundation
import LeRobotCore
import LeRobotData
import Support
import Testing

/// Columns as pyarrow wrote them.
struct ParquetGoldenTests {
  private let file: ParquetFile
  private let values: JSONValue

  init() throws {
    let folder = RepositoryFiles.fixtures.appending(path: "tables")
    file = try ParquetFile(path: folder.appending(path: "kinds.parquet").path)
    values = try JSONValue(parsing: Data(contentsOf: folder.appending(path: "kinds.json")))
  }

  private func expected(_ column: String) throws -> [JSONValue] {
    try #require(values[column]?.arrayValue)
  }

  @Test(arguments: [
    "int8", "uint8", "int16", "uint16", "int32", "uint32", "int64", "uint64",
  ])
  func integersMatchArrow(_ column: String) throws {
    let integers = try file.read([column]).column(column).integers()
    #expect(try integers == expected(column).map { Int64($0.intValue ?? 0) })
  }

  @Test(arguments: ["float32", "float64", "list", "large_list", "fixed_list", "matrix"])
  func realsMatchArrow(_ name: String) throws {
    let column = try file.read([name]).column(name)
    let golden = try expected(name).map { $0.doubleValue ?? .nan }
    #expect(try column.doubles() == golden)
    #expect(try column.floats() == golden.map { Float($0) })
    let width = golden.count / column.count
    #expect(try column.firstRow(notOfWidth: width) == nil)
    #expect(try column.firstRow(notOfWidth: width + 1)?.found == width)
  }

  @Test func booleansMatchArrow() throws {
    let booleans = try file.read(["bool"]).column("bool").booleans()
    #expect(try booleans == expected("bool").map { $0.boolValue == true })
  }

  @Test(arguments: ["string", "large_string", "dictionary"])
  func textMatchesArrow(_ name: String) throws {
    let column = try file.read([name]).column(name)
    let golden = try expected(name).map(\.stringValue)
    #expect(try (0..<column.count).map { row in try column.string(row) } == golden)
  }

  @Test func rowGroupsAndSlicesAreTheirRows() throws {
    #expect(file.rowGroupSizes == [4, 4, 3])
    let whole = try file.read(["matrix"]).column("matrix").floats()
    #expect(
      try file.read(["matrix"], rowGroups: 1..<3).column("matrix").floats() == Array(whole[24...]))
    #expect(try file.read().column("matrix")[3..<5].floats() == Array(whole[18..<30]))
  }
}

import Foundation
import LeRobotCore
import LeRobotData
import Support
import Testing

/// Columns in a file give the batches that columns in memory give, and are made once.
struct TableCachePropertyTests {
  private let folder: TemporaryFolder
  private let root: String
  private var cache: String { folder.file("cache") }
  private var table: String { root + "/data/chunk-000/file-000.parquet" }

  init() throws {
    folder = try TemporaryFolder()
    root = try DatasetFixture.copy("v30", into: folder)
  }

  private func open(
    episodes: [Int]? = nil, isKept: Bool = true, cache folder: String? = nil
  ) throws -> LeRobotDataset {
    var config = DatasetConfig(repositoryID: "local/fixture")
    config.root = root
    config.episodes = episodes
    var options = ReadingOptions()
    // The other camera's pictures are in the table.
    options.cameraKeys = ["observation.images.top"]
    options.tableCache = TableCache(folder: folder ?? cache, isKept: isKept, smallestSize: 1)
    return try LeRobotDataset.open(
      config, environment: [:], deltas: DeltaIndices(action: Array(-2..<5)), options: options)
  }

  private func files() throws -> [String] {
    try FileManager.default.contentsOfDirectory(atPath: cache).sorted()
  }

  private func batch(_ dataset: LeRobotDataset) throws -> Batch {
    try dataset.makeReader().batch(Array(0..<dataset.frameCount).reversed())
  }

  @Test func filesGiveTheBatchesOfMemory() throws {
    let memory = try DatasetFixture.open(root, deltas: DeltaIndices(action: Array(-2..<5)))
    var expected = try batch(memory)
    expected["observation.image"] = nil
    for turn in ["made", "found"] {
      let found = try batch(open())
      #expect(found.tensors == expected.tensors && found.tasks == expected.tasks, "\(turn)")
      #expect(try files().count == 1)
    }
  }

  @Test func tablesAreReadOnce() throws {
    // A date of whole seconds, which is set again exactly.
    let changed = Date(timeIntervalSince1970: 1_700_000_000)
    try setTime(changed)
    let expected = try batch(open()).tensors
    // A table of the same size and time, without a single row that could be read.
    let attributes = try FileManager.default.attributesOfItem(atPath: table)
    let size = try #require(attributes[.size] as? Int)
    try Data(repeating: 0, count: size).write(to: URL(filePath: table))
    try setTime(changed)
    #expect(try batch(open()).tensors == expected)
    try setTime(changed + 1)
    #expect(throws: DataError.noFooter(file: table)) { try open() }
  }

  private func setTime(_ date: Date) throws {
    try FileManager.default.setAttributes([.modificationDate: date], ofItemAtPath: table)
  }

  @Test func eachChoiceOfEpisodesHasItsFile() throws {
    let all = try batch(open())
    let one = try open(episodes: [1])
    #expect(try files().count == 2)
    let frames = one.episodeRanges[0].count
    #expect(try batch(one)["action"]?.shape == [frames, 7, try #require(all["action"]).shape[2]])
    #expect(try batch(open()).tensors == all.tensors)
  }

  @Test func aDamagedFileIsMadeAgain() throws {
    let expected = try batch(open()).tensors
    let path = try cache + "/" + #require(files().first)
    let whole = try Data(contentsOf: URL(filePath: path))
    for damage in [whole.prefix(whole.count / 2), Data(), Data(repeating: 7, count: whole.count)] {
      try Data(damage).write(to: URL(filePath: path))
      #expect(try batch(open()).tensors == expected)
      #expect(try Data(contentsOf: URL(filePath: path)).count == whole.count)
    }
  }

  @Test func aDryRunLeavesNoFile() throws {
    let expected = try batch(open()).tensors
    let other = folder.file("other")
    let dataset = try open(isKept: false, cache: other)
    #expect(try batch(dataset).tensors == expected)
    #expect(try FileManager.default.contentsOfDirectory(atPath: other).isEmpty)
  }

  @Test func aCacheThatCannotBeWrittenIsAWarning() throws {
    let expected = try batch(open()).tensors
    let file = folder.file("file")
    try Data().write(to: URL(filePath: file))
    let dataset = try open(cache: file + "/cache")
    #expect(try batch(dataset).tensors == expected)
    #expect(dataset.contents.warnings.count == 1)
    #expect(dataset.contents.warnings[0].hasSuffix("of numbers are held in memory"))
  }

  @Test func fourFilesOfADatasetAreKept() throws {
    for episodes in [[0], [1], [2], [0, 1], [0, 2], [1, 2]] { _ = try open(episodes: episodes) }
    #expect(try files().count == 4)
  }

  /// What was noticed is said again although the tables are not read again.
  @Test func findingsAreKept() throws {
    try rewrite("observation.state", row: 9, to: .nan)
    for turn in ["made", "found"] {
      let error = #expect(throws: DataError.self) { try open() }
      #expect(
        error?.description.contains(": episode 1, frame 2 of observation.state is not finite")
          ?? false, "\(turn): \(error.map { "\($0)" } ?? "")")
    }
    #expect(try files().count == 1)
  }

  /// Writes the table again with one value of a vector changed.
  private func rewrite(_ key: String, row: Int, to value: Float) throws {
    let batch = try ParquetFile(path: table).read()
    var columns: [(name: String, column: ParquetColumn)] = []
    for column in batch.columns {
      switch column.elementKind {
      case .real:
        var values = try column.floats()
        let width = values.count / column.count
        if column.name == key { values[row * width] = value }
        let list = ParquetColumn.floats(values)
        let isVector = column.format.hasPrefix("+")
        columns.append((column.name, isVector ? .fixedList(width: width, list) : list))
      case .boolean: columns.append((column.name, .booleans(try column.booleans())))
      case .structure:
        let pictures = try column.member("bytes")
        let bytes = try (0..<column.count).map { row in
          try pictures.withBytes(row) { bytes in Array(bytes) } ?? []
        }
        columns.append(
          (column.name, .structure(rowCount: bytes.count, [(name: "bytes", column: .bytes(bytes))]))
        )
      default: columns.append((column.name, .integers(try column.integers())))
      }
    }
    try ParquetWriter.write(columns, to: table)
  }
}

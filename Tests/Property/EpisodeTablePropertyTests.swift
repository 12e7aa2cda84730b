import Foundation
import LeRobotData
import Support
import Testing

/// What a v3.0 table of episodes may hold, and what it may not.
struct EpisodeTablePropertyTests {
  private static let camera = "observation.images.top"
  private let folder: TemporaryFolder
  private let root: String
  private let table: String

  init() throws {
    folder = try TemporaryFolder()
    root = try DatasetFixture.copy("v30", into: folder)
    table = root + "/meta/episodes/chunk-000/file-000.parquet"
  }

  /// Writes the table of episodes again, with some columns changed.
  private func rewrite(_ changes: [String: ParquetColumn]) throws {
    let batch = try ParquetFile(path: table).read()
    let integers =
      ["episode_index", "dataset_from_index", "dataset_to_index"]
      + ["data", "videos/\(Self.camera)"].flatMap { ["\($0)/chunk_index", "\($0)/file_index"] }
    var columns: [(name: String, column: ParquetColumn)] = []
    for name in integers { columns.append((name, .integers(try batch.column(name).integers()))) }
    let start = "videos/\(Self.camera)/from_timestamp"
    columns.append((start, .doubles(try batch.column(start).doubles())))
    for index in columns.indices {
      columns[index].column = changes[columns[index].name] ?? columns[index].column
    }
    try ParquetWriter.write(columns, to: table)
  }

  @Test func theTableWrittenAgainIsWhole() throws {
    try rewrite([:])
    #expect(try DatasetFixture.open(root).frameCount == 21)
  }

  /// Without the error, every later episode would show the pictures of the one after it.
  @Test(arguments: ["chunk_index", "file_index", "from_timestamp"])
  func aMissingVideoSegmentIsNamedWithEpisodeAndCamera(_ column: String) throws {
    let missing: ParquetColumn =
      column == "from_timestamp"
      ? .optionalDoubles([0, nil, 1.2]) : .optionalIntegers([0, nil, 0])
    try rewrite(["videos/\(Self.camera)/\(column)": missing])
    let expected = DataError.missingVideo(file: table, episode: 1, camera: Self.camera)
    #expect(throws: expected) { try DatasetFixture.open(root) }
    #expect(
      expected.description
        == "\(table): episode 1 has no video of camera \(Self.camera); "
        + "leave the episode out by --dataset.episodes, or record it again")
  }

  @Test func anEpisodeWithoutVideoCanBeLeftOut() throws {
    let whole = try DatasetFixture.open(root, episodes: [0, 2]).makeReader().batch([0, 8, 15])
    try rewrite(["videos/\(Self.camera)/file_index": .optionalIntegers([0, nil, 0])])
    let rest = try DatasetFixture.open(root, episodes: [0, 2])
    #expect(try rest.makeReader().batch([0, 8, 15]).tensors == whole.tensors)
  }

  @Test(arguments: ["episode_index", "dataset_from_index", "data/chunk_index"])
  func severalNumbersInARowAreAWrongType(_ name: String) throws {
    try rewrite([name: .list(offsets: [0, 2, 3, 4], .integers([0, 0, 1, 2]))])
    #expect(
      throws: DataError.wrongType(
        file: table, column: name, found: "list<int64>", expected: "one number a row")
    ) { try DatasetFixture.open(root) }
  }

  @Test func severalTaskIndicesInARowAreAWrongType() throws {
    let tasks = root + "/meta/tasks.parquet"
    try ParquetWriter.write(
      [
        ("task_index", .list(offsets: [0, 3], .integers([0, 1, 2]))), ("task", .strings(["a"])),
      ], to: tasks)
    #expect(
      throws: DataError.wrongType(
        file: tasks, column: "task_index", found: "list<int64>", expected: "one number a row")
    ) { try DatasetFixture.open(root) }
  }

  @Test func lengthsWhoseSumIsBeyondReachAreMalformed() throws {
    try rewrite([
      "dataset_from_index": .integers([0, 1 << 30, 2 << 30]),
      "dataset_to_index": .integers([1 << 30, 2 << 30, 3 << 30]),
    ])
    #expect(
      throws: DataError.malformed(
        file: root + "/meta/episodes", reason: "the episodes have more than 2³¹ frames")
    ) { try DatasetFixture.open(root) }
  }
}

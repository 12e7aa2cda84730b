import CArrowTable
import Foundation
import LeRobotCore
import OrderedCollections

/// An open Parquet file. It belongs to one thread at a time.
package final class ParquetFile {
  package let path: String
  private let handle: OpaquePointer

  /// Opens the file and reads its footer.
  ///
  /// - Parameter isStreamed: whether it is read by `readPieces`.
  /// - Throws: `DataError.missingFile`, `notReadable`, or `unreadable` where it is cut short or no
  ///   Parquet.
  package init(path: String, isStreamed: Bool = false) throws(DataError) {
    guard FileManager.default.fileExists(atPath: path) else {
      throw .missingFile(file: path, episode: nil)
    }
    try Arrow.open()
    self.path = path
    var opened: OpaquePointer?
    guard ca_open(path, isStreamed ? 1 : 0, &opened) == 0, let opened else {
      let failure = DataError.cannotOpen(path, because: Self.lastError)
      if case .unreadable = failure, !Self.hasFooter(path) { throw .noFooter(file: path) }
      throw failure
    }
    handle = opened
    guard Episode.isWithinReach(rowGroupSizes), rowGroupSizes.allSatisfy({ $0 >= 0 }),
      rowCount == rowGroupSizes.reduce(0, +)
    else {
      throw .unreadable(
        file: path, reason: "its row groups have \(rowGroupSizes) of \(rowCount) rows")
    }
  }

  deinit { ca_close(handle) }

  package var rowCount: Int { Int(ca_row_count(handle)) }
  package var rowGroupCount: Int { Int(ca_row_group_count(handle)) }

  /// The number of rows in each row group.
  package var rowGroupSizes: [Int] {
    (0..<rowGroupCount).map { Int(ca_row_group_row_count(handle, Int32($0))) }
  }

  /// Reads top-level columns, all of them where `columns` is nil.
  ///
  /// - Parameter rowGroups: all where nil.
  /// - Throws: `DataError.missingColumn`, or `unreadable` where the data is damaged.
  package func read(
    _ columns: [String]? = nil, rowGroups: Range<Int>? = nil
  ) throws(DataError) -> ArrowBatch {
    let names = Set(try columnNames())
    if let missing = columns?.first(where: { !names.contains($0) }) {
      throw .missingColumn(file: path, column: missing)
    }
    let batch = ArrowBatch(file: path)
    let groups = rowGroups ?? 0..<rowGroupCount
    let status = withCStrings(columns ?? []) { strings in
      ca_read(
        handle, strings, columns.map { Int32($0.count) } ?? -1, Int32(groups.lowerBound),
        Int32(groups.upperBound), batch.array, batch.schema)
    }
    guard status == 0 else { throw Self.failure(path) }
    let expected = rowGroupSizes[groups].reduce(0, +)
    guard batch.rowCount == expected else {
      throw .unreadable(
        file: path, reason: "its columns have \(batch.rowCount) rows, its footer says \(expected)")
    }
    return batch
  }

  /// Reads top-level columns piece by piece, so that little of a large file is in memory at once.
  ///
  /// - Parameters:
  ///   - limit: rows of a piece at most.
  ///   - body: is given each piece and the row that it begins with.
  package func readPieces(
    _ columns: [String], limit: Int = 1 << 15,
    _ body: (ArrowBatch, Int) throws(DataError) -> Void
  ) throws(DataError) {
    var stream: OpaquePointer?
    let status = withCStrings(columns) { strings in
      ca_stream(handle, strings, Int32(columns.count), Int64(limit), &stream)
    }
    guard status == 0 else { throw Self.failure(path) }
    defer { ca_end(stream) }
    var row = 0
    while true {
      let batch = ArrowBatch(file: path)
      var isOver: Int32 = 0
      guard ca_next(stream, batch.array, batch.schema, &isOver) == 0 else {
        throw Self.failure(path)
      }
      if isOver != 0 { break }
      try body(batch, row)
      row += batch.rowCount
    }
    guard row == rowCount else {
      throw .unreadable(
        file: path, reason: "its columns have \(row) rows, its footer says \(rowCount)")
    }
  }

  /// Names of the top-level columns.
  package func columnNames() throws(DataError) -> [String] { Array(try columnKinds().keys) }

  /// The top-level columns and the kind of their elements, in the file's order.
  func columnKinds() throws(DataError) -> OrderedDictionary<String, ElementKind> {
    var schema = ArrowSchema()
    guard ca_schema(handle, &schema) == 0 else { throw Self.failure(path) }
    defer { schema.release?(&schema) }
    var kinds: OrderedDictionary<String, ElementKind> = [:]
    for index in 0..<Int(schema.n_children) {
      guard let type = schema.children[index] else { continue }
      kinds[type.pointee.name.map { String(cString: $0) } ?? ""] = ElementKind(type)
    }
    return kinds
  }

  /// Whether the file ends as a Parquet file does. An empty one does not.
  private static func hasFooter(_ path: String) -> Bool {
    guard let file = FileHandle(forReadingAtPath: path), let end = try? file.seekToEnd(), end >= 4
    else { return false }
    try? file.seek(toOffset: end - 4)
    return file.readData(ofLength: 4) == Data("PAR1".utf8)
  }

  private static func failure(_ path: String) -> DataError {
    .unreadable(file: path, reason: lastError)
  }

  /// Arrow's words, in one line.
  private static var lastError: String {
    String(cString: ca_last_error()).split(whereSeparator: \.isNewline).joined(separator: " ")
  }
}

/// Arrow's libraries, opened by the first table.
enum Arrow {
  /// Comes before any other call of `CArrowTable`.
  ///
  /// - Throws: `DataError.noArrow`.
  static func open() throws(DataError) {
    if let reason = ca_open_library() { throw .noArrow(reason: String(cString: reason)) }
  }
}

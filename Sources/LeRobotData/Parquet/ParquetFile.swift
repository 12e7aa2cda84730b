import CArrow
import Foundation

/// An open Parquet file. It belongs to one thread at a time.
package final class ParquetFile {
  package let path: String
  private let handle: OpaquePointer

  /// Opens the file and reads its footer.
  /// - Throws: `DataError.missingFile`, `notReadable`, or `unreadable` where it is cut short or no
  ///   Parquet.
  package init(path: String) throws(DataError) {
    guard FileManager.default.fileExists(atPath: path) else {
      throw .missingFile(file: path, episode: nil)
    }
    self.path = path
    var opened: OpaquePointer?
    guard ca_open(path, &opened) == 0, let opened else {
      throw .cannotOpen(path, because: Self.lastError)
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

  /// Names of the top-level columns.
  package func columnNames() throws(DataError) -> [String] {
    var schema = ArrowSchema()
    guard ca_schema(handle, &schema) == 0 else { throw Self.failure(path) }
    defer { schema.release?(&schema) }
    return (0..<Int(schema.n_children)).map { index in
      schema.children[index]?.pointee.name.map { String(cString: $0) } ?? ""
    }
  }

  private static func failure(_ path: String) -> DataError {
    .unreadable(file: path, reason: lastError)
  }

  /// Arrow's words, in one line.
  private static var lastError: String {
    String(cString: ca_last_error()).split(whereSeparator: \.isNewline).joined(separator: " ")
  }
}

/// Runs `body` with the strings as C strings.
func withCStrings<Result>(
  _ strings: [String], _ body: (UnsafePointer<UnsafePointer<CChar>?>?) -> Result
) -> Result {
  let copies = strings.map { Array($0.utf8CString) }
  func nest(_ index: Int, _ pointers: [UnsafePointer<CChar>?]) -> Result {
    if index == copies.count { return pointers.withUnsafeBufferPointer { body($0.baseAddress) } }
    return copies[index].withUnsafeBufferPointer { nest(index + 1, pointers + [$0.baseAddress]) }
  }
  return nest(0, [])
}

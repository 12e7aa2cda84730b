import CArrowTable

/// Writes a Parquet file, one row group a call.
package final class ParquetWriter {
  /// Parquet's compressions that LeRobot's files use.
  package enum Compression: String, Sendable {
    case snappy, zstd, gzip, none
  }

  private let path: String
  private var handle: OpaquePointer?

  /// - Parameter columns: give names and types; their rows are not written.
  /// - Throws: `DataError.notWritable`.
  package init(
    path: String, columns: [(name: String, column: ParquetColumn)],
    compression: Compression = .snappy
  ) throws(DataError) {
    try Arrow.open()
    self.path = path
    var schema = ParquetColumn.structure(rowCount: 0, columns).exportedSchema(name: "")
    guard ca_create(path, &schema, compression.rawValue, &handle) == 0 else { throw failure }
  }

  deinit {
    if let handle { _ = ca_finish(handle) }
  }

  /// Writes one row group; the columns are those of `init`.
  package func write(_ columns: [(name: String, column: ParquetColumn)]) throws(DataError) {
    let rowCount = columns.first?.column.count ?? 0
    var batch = ParquetColumn.structure(rowCount: rowCount, columns).exportedArray()
    guard let handle, ca_write(handle, &batch) == 0 else { throw failure }
  }

  /// Writes the footer, without which the file is none.
  package func close() throws(DataError) {
    guard let open = handle else { return }
    handle = nil
    if ca_finish(open) != 0 { throw failure }
  }

  private var failure: DataError {
    .notWritable(file: path, reason: String(cString: ca_last_error()))
  }

  /// Writes a whole file of one row group.
  package static func write(
    _ columns: [(name: String, column: ParquetColumn)], to path: String
  ) throws(DataError) {
    let writer = try ParquetWriter(path: path, columns: columns)
    try writer.write(columns)
    try writer.close()
  }
}

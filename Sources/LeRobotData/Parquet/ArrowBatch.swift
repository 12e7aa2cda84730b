import CArrowTable

/// Rows read from a Parquet file, in memory that Arrow allocated.
package final class ArrowBatch {
  let array: UnsafeMutablePointer<ArrowArray>
  let schema: UnsafeMutablePointer<ArrowSchema>
  /// Where the rows came from, for messages.
  let file: String

  init(file: String) {
    self.file = file
    array = .allocate(capacity: 1)
    array.initialize(to: ArrowArray())
    schema = .allocate(capacity: 1)
    schema.initialize(to: ArrowSchema())
  }

  deinit {
    array.pointee.release?(array)
    schema.pointee.release?(schema)
    array.deallocate()
    schema.deallocate()
  }

  package var rowCount: Int { Int(array.pointee.length) }

  package var columns: [ArrowColumn] {
    (0..<Int(schema.pointee.n_children)).compactMap { index in
      guard let child = array.pointee.children[index], let type = schema.pointee.children[index]
      else { return nil }
      return ArrowColumn(owner: self, array: child, schema: type, rows: 0..<rowCount)
    }
  }

  /// The column of that name.
  /// - Throws: `DataError.missingColumn`.
  package func column(_ name: String) throws(DataError) -> ArrowColumn {
    guard let column = columns.first(where: { $0.name == name }) else {
      throw .missingColumn(file: file, column: name)
    }
    return column
  }
}

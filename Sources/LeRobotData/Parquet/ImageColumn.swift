/// A column of pictures in any form that the `datasets` image feature reads (`Image.cast_storage`): a
/// structure of bytes and path or one of them, bytes alone, or paths alone.
struct ImageColumn {
  private let bytes: ArrowColumn?
  private let paths: ArrowColumn?
  let count: Int

  /// - Throws: `DataError.wrongType` for anything else.
  init(_ column: ArrowColumn) throws(DataError) {
    count = column.count
    guard column.elementKind == .structure else {
      let kind = column.dictionaryValues?.elementKind ?? column.elementKind
      guard !column.isList, kind == .bytes || kind == .text else {
        throw column.unexpected("pictures: bytes, a path, or a structure of both")
      }
      (bytes, paths) = kind == .bytes ? (column, nil) : (nil, column)
      return
    }
    bytes = try? column.member("bytes")
    paths = try? column.member("path")
    if bytes == nil, paths == nil {
      throw column.unexpected("pictures: a structure with members bytes and path")
    }
  }

  /// The picture's bytes, or its path's where it has no bytes; nil where it has neither.
  func withContents<Result>(
    _ row: Int, _ body: (UnsafeRawBufferPointer, _ isPath: Bool) throws(DataError) -> Result
  ) throws(DataError) -> Result? {
    if let found = try bytes?.withBytes(row, { bytes throws(DataError) in try body(bytes, false) })
    {
      return found
    }
    return try paths?.withBytes(row) { path throws(DataError) in try body(path, true) }
  }
}

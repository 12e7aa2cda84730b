import CArrow

/// What the elements of a column are, as far as training data goes.
package enum ElementKind: Sendable, Equatable {
  case boolean, integer, real, text, bytes, structure, other
}

extension ArrowColumn {
  /// The kind of element under any depth of lists.
  package var elementKind: ElementKind {
    if isList { return (try? child(0, rows: 0..<0))?.elementKind ?? .other }
    switch format {
    case "b": return .boolean
    case "c", "C", "s", "S", "i", "I", "l", "L": return .integer
    case "e", "f", "g": return .real
    case "u", "U": return .text
    case "z", "Z": return .bytes
    case "+s": return .structure
    default: return .other
    }
  }

  /// The type as pyarrow prints it, near enough for a message.
  package var typeName: String {
    if isList, let inner = try? child(0, rows: 0..<0) { return "list<\(inner.typeName)>" }
    let names = [
      "n": "null", "b": "bool", "c": "int8", "C": "uint8", "s": "int16", "S": "uint16",
      "i": "int32", "I": "uint32", "l": "int64", "L": "uint64", "e": "float16", "f": "float32",
      "g": "float64", "u": "string", "U": "string", "z": "binary", "Z": "binary", "+s": "struct",
    ]
    return names[format] ?? format
  }

  /// All values under any depth of lists, as float32.
  package func floats() throws(DataError) -> [Float] {
    let leaf = try numericLeaf()
    switch leaf.format {
    case "f": return try leaf.values(of: Float.self) { $0 }
    case "g": return try leaf.values(of: Double.self) { Float($0) }
    default: return try leaf.integers().map { Float($0) }
    }
  }

  /// All values under any depth of lists, as float64.
  package func doubles() throws(DataError) -> [Double] {
    let leaf = try numericLeaf()
    switch leaf.format {
    case "f": return try leaf.values(of: Float.self) { Double($0) }
    case "g": return try leaf.values(of: Double.self) { $0 }
    default: return try leaf.integers().map { Double($0) }
    }
  }

  /// All values under any depth of lists, as int64.
  package func integers() throws(DataError) -> [Int64] {
    let leaf = try numericLeaf()
    switch leaf.format {
    case "b": return try leaf.booleans().map { $0 ? 1 : 0 }
    case "c": return try leaf.values(of: Int8.self) { Int64($0) }
    case "C": return try leaf.values(of: UInt8.self) { Int64($0) }
    case "s": return try leaf.values(of: Int16.self) { Int64($0) }
    case "S": return try leaf.values(of: UInt16.self) { Int64($0) }
    case "i": return try leaf.values(of: Int32.self) { Int64($0) }
    case "I": return try leaf.values(of: UInt32.self) { Int64($0) }
    case "l": return try leaf.values(of: Int64.self) { $0 }
    case "L": return try leaf.values(of: UInt64.self) { Int64(bitPattern: $0) }
    default: throw unexpected("integers")
    }
  }

  /// All values under any depth of lists, as booleans.
  package func booleans() throws(DataError) -> [Bool] {
    let leaf = try numericLeaf()
    guard leaf.format == "b", let bitmap = leaf.array.pointee.buffers[1] else {
      throw unexpected("booleans")
    }
    let offset = Int(leaf.array.pointee.offset)
    return leaf.rows.map { Self.bit($0 + offset, of: bitmap) }
  }

  /// This column, which holds one value in each row.
  ///
  /// - Throws: `DataError.wrongType` for a list, which holds any number of values.
  func oneInARow() throws(DataError) -> ArrowColumn {
    if isList { throw unexpected("one number a row") }
    return self
  }

  /// The integer in each row, nil where the cell is null.
  func integersOrNull() throws(DataError) -> [Int64?] {
    try eachOrNull { column throws(DataError) in try column.integers() }
  }

  /// The number in each row, nil where the cell is null.
  func doublesOrNull() throws(DataError) -> [Double?] {
    try eachOrNull { column throws(DataError) in try column.doubles() }
  }

  private func eachOrNull<Value>(
    _ read: (ArrowColumn) throws(DataError) -> [Value]
  ) throws(DataError) -> [Value?] {
    let column = try oneInARow()
    guard let firstNull = (0..<count).first(where: isNull) else { return try read(column) }
    var values: [Value?] = try read(column[0..<firstNull])
    for row in firstNull..<count {
      values.append(isNull(row) ? nil : try read(column[row..<row + 1]).first)
    }
    return values
  }

  private func numericLeaf() throws(DataError) -> ArrowColumn {
    let leaf = try flattened()
    if leaf.array.pointee.null_count != 0, let row = (0..<leaf.count).first(where: leaf.isNull) {
      throw .missingValue(file: owner.file, column: name, row: row)
    }
    return leaf
  }

  private func values<Stored, Result>(
    of type: Stored.Type, _ convert: (Stored) -> Result
  ) throws(DataError) -> [Result] {
    if rows.isEmpty { return [] }
    guard let base = buffer(1, of: type) else { throw unexpected("values") }
    return UnsafeBufferPointer(start: base + rows.lowerBound, count: rows.count).map(convert)
  }

  /// The bytes of a text or binary cell, nil where it is null.
  package func withBytes<Result>(
    _ row: Int, _ body: (UnsafeRawBufferPointer) throws(DataError) -> Result
  ) throws(DataError) -> Result? {
    if isNull(row) { return nil }
    if let entry = try dictionaryEntry(row) { return try entry.column.withBytes(entry.row, body) }
    let index = rows.lowerBound + row
    let range: Range<Int>
    if ["u", "z"].contains(format), let offsets = buffer(1, of: Int32.self) {
      range = Int(offsets[index])..<Int(offsets[index + 1])
    } else if ["U", "Z"].contains(format), let offsets = buffer(1, of: Int64.self) {
      range = Int(offsets[index])..<Int(offsets[index + 1])
    } else {
      throw unexpected("text or bytes")
    }
    let base = array.pointee.buffers[2].map { $0 + range.lowerBound }
    return try body(UnsafeRawBufferPointer(start: base, count: range.count))
  }

  /// A text cell, nil where it is null.
  package func string(_ row: Int) throws(DataError) -> String? {
    try withBytes(row) { bytes in String(decoding: bytes, as: UTF8.self) }
  }

  /// The values that a dictionary-encoded column refers to; nil for other columns.
  var dictionaryValues: ArrowColumn? {
    guard let values = array.pointee.dictionary, let type = schema.pointee.dictionary else {
      return nil
    }
    return ArrowColumn(
      owner: owner, array: values, schema: type, rows: 0..<Int(values.pointee.length))
  }

  /// Where a dictionary-encoded cell's value stands; nil for other columns.
  private func dictionaryEntry(_ row: Int) throws(DataError) -> (column: ArrowColumn, row: Int)? {
    guard let column = dictionaryValues, !isNull(row) else { return nil }
    let keys = try self[row..<row + 1].integers()
    guard let key = keys.first.map(Int.init), (0..<column.count).contains(key) else {
      throw unexpected("text or bytes")
    }
    return (column, key)
  }
}

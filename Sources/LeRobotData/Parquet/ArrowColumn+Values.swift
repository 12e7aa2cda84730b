import CArrowTable

/// What the elements of a column are, as far as training data goes.
package enum ElementKind: Sendable, Equatable {
  case boolean, integer, real, text, bytes, structure, other
}

extension ElementKind {
  /// Of a type, under any depth of lists; of a dictionary's values.
  init(_ type: UnsafePointer<ArrowSchema>) {
    if let values = type.pointee.dictionary {
      self.init(values)
      return
    }
    let format = String(cString: type.pointee.format)
    if ArrowColumn.isList(format) {
      guard let inner = type.pointee.children?[0] else {
        self = .other
        return
      }
      self.init(inner)
      return
    }
    switch format {
    case "b": self = .boolean
    case "c", "C", "s", "S", "i", "I", "l", "L": self = .integer
    case "e", "f", "g": self = .real
    case _ where format.hasPrefix("d:"): self = .real
    case "u", "U": self = .text
    case "z", "Z": self = .bytes
    case "+s": self = .structure
    default: self = .other
    }
  }

  /// Whether values are numbers, or may be written as such: `datasets` reads those of text, too.
  var isNumeric: Bool { [.boolean, .integer, .real, .text].contains(self) }
}

extension ArrowColumn {
  /// The kind of element under any depth of lists.
  package var elementKind: ElementKind { ElementKind(schema) }

  /// The type as pyarrow prints it, near enough for a message.
  package var typeName: String {
    if isList, let inner = try? child(0, rows: 0..<0) { return "list<\(inner.typeName)>" }
    if let values = dictionaryValues { return "dictionary<\(values.typeName)>" }
    let names = [
      "n": "null", "b": "bool", "c": "int8", "C": "uint8", "s": "int16", "S": "uint16",
      "i": "int32", "I": "uint32", "l": "int64", "L": "uint64", "e": "float16", "f": "float32",
      "g": "float64", "u": "string", "U": "string", "z": "binary", "Z": "binary", "+s": "struct",
    ]
    return names[format] ?? format
  }

  /// All values under any depth of lists, as float32; truth values are 0 and 1.
  package func floats() throws(DataError) -> [Float] {
    let leaf = try numericLeaf()
    if let (keys, values) = try leaf.dictionary() { return try values.floats().picked(keys) }
    switch leaf.format {
    case "e": return try leaf.values(of: Float16.self) { Float($0) }
    case "f": return try leaf.values(of: Float.self) { $0 }
    case "g": return try leaf.values(of: Double.self) { Float($0) }
    case _ where leaf.elementKind != .integer && leaf.format != "b":
      return try leaf.written().map { Float($0) }
    default: return try leaf.integers().map { Float($0) }
    }
  }

  /// All values under any depth of lists, as float64; truth values are 0 and 1.
  package func doubles() throws(DataError) -> [Double] {
    let leaf = try numericLeaf()
    if let (keys, values) = try leaf.dictionary() { return try values.doubles().picked(keys) }
    switch leaf.format {
    case "e": return try leaf.values(of: Float16.self) { Double($0) }
    case "f": return try leaf.values(of: Float.self) { Double($0) }
    case "g": return try leaf.values(of: Double.self) { $0 }
    case _ where leaf.elementKind != .integer && leaf.format != "b": return try leaf.written()
    default: return try leaf.integers().map { Double($0) }
    }
  }

  /// All values under any depth of lists, as int64; real numbers where they are whole.
  package func integers() throws(DataError) -> [Int64] {
    let leaf = try numericLeaf()
    if let (keys, values) = try leaf.dictionary() { return try values.integers().picked(keys) }
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
    default:
      let whole = try leaf.doubles().map { Int64(exactly: $0) }
      let found = whole.compactMap(\.self)
      guard found.count == whole.count else { throw unexpected("whole numbers") }
      return found
    }
  }

  /// Decimal fractions, and numbers in text.
  private func written() throws(DataError) -> [Double] {
    if format.hasPrefix("d:") { return try decimals() }
    var values: [Double] = []
    for row in 0..<count {
      let text = try string(row)?.split(separator: " ").joined() ?? ""
      guard let value = Double(text) else { throw unexpected("numbers") }
      values.append(value)
    }
    return values
  }

  /// Arrow's 128-bit decimals: whole numbers over a power of ten (`d:precision,scale`).
  private func decimals() throws(DataError) -> [Double] {
    let parts = format.dropFirst(2).split(separator: ",").compactMap { Int($0) }
    guard parts.count == 2 || parts.count == 3 && parts[2] == 128 else {
      throw unexpected("numbers")
    }
    let unit = (0..<abs(parts[1])).reduce(1.0) { power, _ in power * 10 }
    return try values(of: Int128.self) { value in
      parts[1] < 0 ? Double(value) * unit : Double(value) / unit
    }
  }

  /// All values under any depth of lists, as booleans; a number is true unless it is 0.
  package func booleans() throws(DataError) -> [Bool] {
    let leaf = try numericLeaf()
    if let (keys, values) = try leaf.dictionary() { return try values.booleans().picked(keys) }
    guard leaf.format == "b" else {
      guard leaf.elementKind.isNumeric else { throw unexpected("booleans") }
      return try leaf.doubles().map { $0 != 0 }
    }
    guard let bitmap = leaf.array.pointee.buffers[1] else {
      if leaf.rows.isEmpty { return [] }
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

  /// Where each cell's value stands in a dictionary-encoded column; nil for other columns.
  private func dictionary() throws(DataError) -> (keys: [Int64], values: ArrowColumn)? {
    guard let values = dictionaryValues else { return nil }
    return (try keys(), values)
  }

  /// A dictionary-encoded column's cells, as positions in the dictionary.
  private func keys() throws(DataError) -> [Int64] {
    switch format {
    case "c": try values(of: Int8.self) { Int64($0) }
    case "C": try values(of: UInt8.self) { Int64($0) }
    case "s": try values(of: Int16.self) { Int64($0) }
    case "S": try values(of: UInt16.self) { Int64($0) }
    case "i": try values(of: Int32.self) { Int64($0) }
    case "I": try values(of: UInt32.self) { Int64($0) }
    default: try values(of: Int64.self) { $0 }
    }
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
    guard let values = dictionaryValues, !isNull(row) else { return nil }
    guard let key = try self[row..<row + 1].keys().first.map({ Int($0) }),
      (0..<values.count).contains(key)
    else { throw unexpected("text or bytes") }
    return (values, key)
  }
}

extension Array {
  /// The elements at some positions.
  fileprivate func picked(_ positions: [Int64]) -> [Element] { positions.map { self[Int($0)] } }
}

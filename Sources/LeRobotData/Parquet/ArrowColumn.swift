import CArrowTable

/// A view of one column, or of a list's or structure's inner column, that keeps its batch alive.
///
/// Formats are those of the Arrow C Data Interface: `f` float32, `l` int64, `u` text, `+l` list,
/// `+w:26` list of 26, `+s` structure.
package struct ArrowColumn {
  let owner: ArrowBatch
  let array: UnsafePointer<ArrowArray>
  let schema: UnsafePointer<ArrowSchema>
  /// Rows of this view, counted before the array's own offset is added.
  let rows: Range<Int>

  package var name: String { schema.pointee.name.map { String(cString: $0) } ?? "" }
  package var format: String { String(cString: schema.pointee.format) }
  package var count: Int { rows.count }

  private var offset: Int { Int(array.pointee.offset) }

  /// Buffer `index` at the first element of the array, nil where Arrow leaves it out.
  func buffer<Element>(_ index: Int, of type: Element.Type) -> UnsafePointer<Element>? {
    array.pointee.buffers[index].map { $0.assumingMemoryBound(to: type) + offset }
  }

  func child(_ index: Int, rows: Range<Int>) throws(DataError) -> ArrowColumn {
    guard index < Int(array.pointee.n_children), let inner = array.pointee.children[index],
      let type = schema.pointee.children[index]
    else { throw unexpected("a column with inner values") }
    return ArrowColumn(owner: owner, array: inner, schema: type, rows: rows)
  }

  /// The rows `range` of this view.
  package subscript(range: Range<Int>) -> ArrowColumn {
    let start = rows.lowerBound + range.lowerBound
    return ArrowColumn(
      owner: owner, array: array, schema: schema, rows: start..<start + range.count)
  }

  /// Whether a cell holds nothing.
  package func isNull(_ row: Int) -> Bool {
    guard array.pointee.null_count != 0 else { return false }
    if format == "n" { return true }
    guard let bitmap = array.pointee.buffers[0] else { return false }
    return !Self.bit(rows.lowerBound + row + offset, of: bitmap)
  }

  static func bit(_ index: Int, of bitmap: UnsafeRawPointer) -> Bool {
    bitmap.load(fromByteOffset: index >> 3, as: UInt8.self) >> UInt8(index & 7) & 1 != 0
  }

  /// Positions of row `row`'s values in the list's inner column.
  func listRange(_ range: Range<Int>) throws(DataError) -> Range<Int> {
    let (start, end) = (rows.lowerBound + range.lowerBound, rows.lowerBound + range.upperBound)
    if let width = fixedWidth { return (start + offset) * width..<(end + offset) * width }
    if range.isEmpty { return 0..<0 }
    if format == "+l", let offsets = buffer(1, of: Int32.self) {
      return Int(offsets[start])..<Int(offsets[end])
    }
    if format == "+L", let offsets = buffer(1, of: Int64.self) {
      return Int(offsets[start])..<Int(offsets[end])
    }
    if format == "+vl" { return try viewRange(start..<end, Int32.self) }
    if format == "+vL" { return try viewRange(start..<end, Int64.self) }
    throw unexpected("a list")
  }

  /// The same for a list view, whose rows have a place and a size each. As they are written they
  /// follow each other.
  private func viewRange<Index: FixedWidthInteger>(
    _ range: Range<Int>, _: Index.Type
  ) throws(DataError) -> Range<Int> {
    guard let offsets = buffer(1, of: Index.self), let sizes = buffer(2, of: Index.self) else {
      throw unexpected("a list")
    }
    let start = Int(offsets[range.lowerBound])
    var end = start
    for row in range {
      guard Int(offsets[row]) == end else { throw unexpected("a list") }
      end += Int(sizes[row])
    }
    return start..<end
  }

  /// n of `fixed_size_list<…>[n]`.
  private var fixedWidth: Int? {
    format.hasPrefix("+w:") ? Int(format.dropFirst(3)) : nil
  }

  var isList: Bool { Self.isList(format) }

  static func isList(_ format: String) -> Bool {
    ["+l", "+L", "+vl", "+vL"].contains(format) || format.hasPrefix("+w:")
  }

  /// Whether anything in this column, or below it, may be null.
  private var mayHoldNulls: Bool {
    if array.pointee.null_count != 0 { return true }
    return (0..<Int(schema.pointee.n_children)).contains { index in
      (try? child(index, rows: 0..<0))?.mayHoldNulls ?? false
    }
  }

  /// The rows in which anything is null, under any depth of lists.
  func rowsWithNulls() throws(DataError) -> [Int] {
    guard mayHoldNulls else { return [] }
    var found: [Int] = []
    for row in 0..<count where try holdsNull(row) { found.append(row) }
    return found
  }

  private func holdsNull(_ row: Int) throws(DataError) -> Bool {
    if isNull(row) { return true }
    guard isList else { return false }
    let inner = try child(0, rows: listRange(row..<row + 1))
    for position in 0..<inner.count where try inner.holdsNull(position) { return true }
    return false
  }

  /// The values of all rows, under any depth of lists.
  package func flattened() throws(DataError) -> ArrowColumn {
    guard isList else { return self }
    if let row = (0..<count).first(where: isNull) {
      throw .missingValue(file: owner.file, column: name, row: row)
    }
    return try child(0, rows: listRange(0..<count)).flattened()
  }

  /// The first row that does not hold `width` values, under any depth of lists, and how many it
  /// holds; nil where all do.
  package func firstRow(notOfWidth width: Int) throws(DataError) -> (row: Int, found: Int)? {
    if rows.isEmpty { return nil }
    if !isList { return width == 1 ? nil : (0, 1) }
    let inner = try child(0, rows: 0..<0)
    if let fixedWidth, !inner.isList { return fixedWidth == width ? nil : (0, fixedWidth) }
    if format == "+l", !inner.isList, let offsets = buffer(1, of: Int32.self) {
      // The common case, without a view for each row.
      for row in rows where Int(offsets[row + 1] - offsets[row]) != width {
        return (row - rows.lowerBound, Int(offsets[row + 1] - offsets[row]))
      }
      return nil
    }
    for row in 0..<count {
      let found = try child(0, rows: listRange(row..<row + 1)).flattened().count
      if found != width { return (row, found) }
    }
    return nil
  }

  /// A structure's member of that name.
  package func member(_ name: String) throws(DataError) -> ArrowColumn {
    for index in 0..<Int(schema.pointee.n_children) {
      let inner = try child(index, rows: rows.lowerBound + offset..<rows.upperBound + offset)
      if inner.name == name { return inner }
    }
    throw unexpected("a structure with member \(name)")
  }

  func unexpected(_ expected: String) -> DataError {
    .wrongType(file: owner.file, column: name, found: typeName, expected: expected)
  }
}

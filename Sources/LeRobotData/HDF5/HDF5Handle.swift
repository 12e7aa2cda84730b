import CHDF5

/// An open dataset. Lives within one stretch of the library's lock.
struct HDF5Handle: ~Copyable {
  private let dataset: ch5_id
  private let path: String
  private let name: String
  let description: HDF5Description

  init(_ file: ch5_id, path: String, name: String) throws(HDF5Error) {
    let dataset = ch5_Dopen2(file, name, ch5_default)
    guard dataset >= 0 else { throw .noDataset(file: path, name: name) }
    let space = ch5_Dget_space(dataset)
    let type = ch5_Dget_type(dataset)
    defer {
      ch5_Sclose(space)
      ch5_Tclose(type)
    }
    var sizes = [ch5_size](repeating: 0, count: max(0, Int(ch5_Sget_simple_extent_ndims(space))))
    ch5_Sget_simple_extent_dims(space, &sizes, nil)
    var fileSize: ch5_size = 0
    ch5_Fget_filesize(file, &fileSize)
    // Gzip shrinks at most to 1/1032: more is a broken header, not worth the memory.
    let (limit, isTooLarge) = fileSize.multipliedReportingOverflow(by: 1040)
    guard Self.bytes(sizes, each: ch5_Tget_size(type)) <= (isTooLarge ? .max : limit) else {
      ch5_Dclose(dataset)
      throw .cannotRead(
        file: path, name: name, reason: "a file of \(fileSize) bytes cannot hold \(sizes)")
    }
    (self.dataset, self.path, self.name) = (dataset, path, name)
    description = HDF5Description(
      shape: sizes.map { Int(clamping: $0) }, kind: HDF5Description.Kind(type: type))
  }

  /// The size of a dataset; the largest number where it is beyond any.
  private static func bytes(_ sizes: [ch5_size], each size: Int) -> UInt64 {
    sizes.reduce(UInt64(size)) { bytes, size in
      let (product, isTooLarge) = bytes.multipliedReportingOverflow(by: size)
      return isTooLarge ? .max : product
    }
  }

  deinit {
    ch5_Dclose(dataset)
  }

  func wrongType(expected: String) -> HDF5Error {
    .wrongType(file: path, name: name, found: "\(description.kind)", expected: expected)
  }

  /// Rows of the first axis; all where nil.
  func read<Element: HDF5Element & Numeric>(
    _ rows: Range<Int>?, as _: Element.Type
  ) throws(HDF5Error) -> [Element] {
    let rows = rows ?? 0..<(description.shape.first ?? 1)
    try check(rows)
    let count = rows.count * description.shape.dropFirst().reduce(1, *)
    var values = [Element](repeating: 0, count: count)
    let outcome = values.withUnsafeMutableBytes { buffer in
      Result { () throws(HDF5Error) in
        try read(rows, type: Element.nativeType, into: buffer.baseAddress)
      }
    }
    try outcome.get()
    return values
  }

  /// One fixed-length string, its padding included.
  func readString(_ row: Int) throws(HDF5Error) -> [UInt8] {
    let type = ch5_Dget_type(dataset)
    defer { ch5_Tclose(type) }
    var bytes = [UInt8](repeating: 0, count: ch5_Tget_size(type))
    let outcome = bytes.withUnsafeMutableBytes { buffer in
      Result { () throws(HDF5Error) in
        try read(row..<row + 1, type: type, into: buffer.baseAddress)
      }
    }
    try outcome.get()
    return bytes
  }

  /// One array of its own length.
  func readVariable(_ row: Int) throws(HDF5Error) -> [UInt8] {
    let type = ch5_Tvlen_create(ch5_native_uint8())
    defer { ch5_Tclose(type) }
    var array = ch5_array()
    let outcome = withUnsafeMutablePointer(to: &array) { pointer in
      Result { () throws(HDF5Error) in try read(row..<row + 1, type: type, into: pointer) }
    }
    try outcome.get()
    defer { ch5_free_memory(array.bytes) }
    return Array(UnsafeRawBufferPointer(start: array.bytes, count: array.count))
  }

  private func check(_ rows: Range<Int>) throws(HDF5Error) {
    let count = description.shape.first ?? 1
    guard rows.lowerBound >= 0, rows.upperBound <= count else {
      throw .rowsOutOfRange(file: path, name: name, rows: rows, count: count)
    }
  }

  private func read(
    _ rows: Range<Int>, type: ch5_id, into target: UnsafeMutableRawPointer?
  ) throws(HDF5Error) {
    try check(rows)
    guard !rows.isEmpty, !description.shape.contains(0) else { return }
    let space = ch5_Dget_space(dataset)
    defer { ch5_Sclose(space) }
    var memory = ch5_all
    if !description.shape.isEmpty {
      var start = [ch5_size](repeating: 0, count: description.shape.count)
      var sizes = description.shape.map { ch5_size($0) }
      (start[0], sizes[0]) = (ch5_size(rows.lowerBound), ch5_size(rows.count))
      ch5_Sselect_hyperslab(space, ch5_select, start, nil, sizes, nil)
      memory = ch5_Screate_simple(Int32(sizes.count), sizes, nil)
    }
    defer { if memory != ch5_all { ch5_Sclose(memory) } }
    guard ch5_Dread(dataset, type, memory, space, ch5_default, target) >= 0 else {
      throw .cannotRead(file: path, name: name, reason: HDF5Library.lastError)
    }
  }
}

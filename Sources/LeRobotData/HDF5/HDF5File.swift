import CHDF5

/// A read-only HDF5 file: its groups, and what its datasets hold.
///
/// May be used from any thread; the library runs one call at a time.
package final class HDF5File: Sendable {
  package let path: String
  private let file: ch5_id

  /// - Throws: `HDF5Error.cannotOpen`, also for a file that is cut short; `noLibrary`.
  package init(path: String) throws(HDF5Error) {
    try HDF5Library.open()
    self.path = path
    file = try HDF5Library.locked { () throws(HDF5Error) in
      let file = ch5_open_file(path)
      guard file >= 0 else { throw .cannotOpen(file: path, reason: HDF5Library.lastError) }
      return file
    }
  }

  deinit {
    _ = HDF5Library.locked { ch5_Fclose(file) }
  }

  /// Whether a dataset or group of this path is there.
  package func contains(_ name: String) -> Bool {
    HDF5Library.locked {
      // A link can only be asked for where its parent exists.
      var path = ""
      return name.split(separator: "/").allSatisfy { part in
        path += "/" + part
        return ch5_Lexists(file, path, ch5_default) > 0
      }
    }
  }

  /// The names in a group, sorted.
  ///
  /// - Throws: `HDF5Error.noGroup`.
  package func members(of group: String) throws(HDF5Error) -> [String] {
    try HDF5Library.locked { () throws(HDF5Error) in
      let id = ch5_Gopen2(file, group, ch5_default)
      guard id >= 0 else { throw .noGroup(file: path, name: group) }
      defer { ch5_Gclose(id) }
      var info = ch5_group()
      ch5_Gget_info(id, &info)
      return (0..<info.link_count).map { Self.memberName(id, $0) }.sorted()
    }
  }

  private static func memberName(_ group: ch5_id, _ index: ch5_size) -> String {
    let length = ch5_Lget_name_by_idx(
      group, ".", ch5_by_name, ch5_rising, index, nil, 0, ch5_default)
    return withUnsafeTemporaryAllocation(of: CChar.self, capacity: max(length, 0) + 1) { text in
      text.initialize(repeating: 0)
      guard let base = text.baseAddress else { return "" }
      ch5_Lget_name_by_idx(
        group, ".", ch5_by_name, ch5_rising, index, base, text.count, ch5_default)
      return String(cString: base)
    }
  }

  /// Shape and element kind of a dataset.
  ///
  /// - Throws: `HDF5Error.noDataset`.
  package func describe(_ name: String) throws(HDF5Error) -> HDF5Description {
    try HDF5Library.locked { () throws(HDF5Error) in
      try HDF5Handle(file, path: path, name: name).description
    }
  }

  /// Rows of the first axis, converted to the element asked for.
  ///
  /// - Throws: `HDF5Error` where the dataset, the rows or the numbers are not there.
  package func floats(_ name: String, rows: Range<Int>? = nil) throws(HDF5Error) -> [Float] {
    try numbers(name, rows)
  }

  /// As `floats`, in double.
  package func doubles(_ name: String, rows: Range<Int>? = nil) throws(HDF5Error) -> [Double] {
    try numbers(name, rows)
  }

  /// As `floats`, as whole numbers.
  package func integers(_ name: String, rows: Range<Int>? = nil) throws(HDF5Error) -> [Int64] {
    try numbers(name, rows)
  }

  private func numbers<Element: HDF5Element & Numeric>(
    _ name: String, _ rows: Range<Int>?
  ) throws(HDF5Error) -> [Element] {
    try HDF5Library.locked { () throws(HDF5Error) in
      let handle = try HDF5Handle(file, path: path, name: name)
      guard handle.description.kind.isNumber else {
        throw handle.wrongType(expected: "numbers")
      }
      return try handle.read(rows, as: Element.self)
    }
  }

  /// The bytes of one row: of a [T, …] dataset of bytes, of a fixed-length string, or of an array
  /// whose length varies from row to row.
  ///
  /// - Throws: `HDF5Error`, `wrongType` for anything else.
  package func bytes(_ name: String, row: Int) throws(HDF5Error) -> [UInt8] {
    try HDF5Library.locked { () throws(HDF5Error) in
      let handle = try HDF5Handle(file, path: path, name: name)
      switch handle.description.kind {
      case .integer(bytes: 1, isSigned: _): return try handle.read(row..<row + 1, as: UInt8.self)
      case .string: return try handle.readString(row)
      case .variableBytes: return try handle.readVariable(row)
      default: throw handle.wrongType(expected: "bytes")
      }
    }
  }
}

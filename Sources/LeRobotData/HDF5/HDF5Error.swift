/// Why something cannot be read from an HDF5 file.
package enum HDF5Error: Error, Equatable, CustomStringConvertible {
  /// The file is missing, cut short or no HDF5 file; `reason` is the library's.
  case cannotOpen(file: String, reason: String)
  case noDataset(file: String, name: String)
  case noGroup(file: String, name: String)
  /// Elements of another kind than asked for.
  case wrongType(file: String, name: String, found: String, expected: String)
  case rowsOutOfRange(file: String, name: String, rows: Range<Int>, count: Int)
  /// The data cannot be read: damaged, or packed with a filter that the library lacks.
  case cannotRead(file: String, name: String, reason: String)
  /// The library cannot be opened.
  case noLibrary(reason: String)

  package var description: String {
    switch self {
    case .cannotOpen(let file, let reason):
      "\(file): not a whole HDF5 file (\(reason)); copy or record it again"
    case .noDataset(let file, let name):
      "\(file): no dataset \(name); record it or take the file out of the folder"
    case .noGroup(let file, let name):
      "\(file): no group \(name); record it or take the file out of the folder"
    case .wrongType(let file, let name, let found, let expected):
      "\(file): \(name) holds \(found), not \(expected); record or convert it so"
    case .rowsOutOfRange(let file, let name, let rows, let count):
      "\(file): rows \(rows) of \(name) were asked for, it has \(count); copy or record it again"
    case .cannotRead(let file, let name, let reason):
      "\(file): \(name) cannot be read (\(reason)); copy or record it again, "
        + "unpacked or with gzip"
    case .noLibrary(let reason):
      "recordings need HDF5, which cannot be opened (\(reason)); Scripts/setup installs it"
    }
  }
}

import LeRobotCore

/// Elements of a column, of the type that its table keeps.
enum ColumnElements {
  case booleans([Bool])
  case integers([Int64])
  case reals([Float])

  /// The values of all rows of a file's column.
  ///
  /// - Parameter feature: as it is declared; float16 is rounded to what it can hold, as LeRobot
  ///   does when it casts a file to the declared types.
  /// - Throws: `DataError.wrongType` where the values are no numbers of that kind.
  init(_ column: ArrowColumn, _ feature: DatasetFeature) throws(DataError) {
    switch feature.elementType {
    case .bool: self = .booleans(try column.booleans())
    case .int64: self = .integers(try column.integers())
    default:
      let values = try column.floats()
      self = .reals(feature.dtype == "float16" ? values.map { Float(Float16($0)) } : values)
    }
  }

  func withUnsafeBytes<Result>(
    _ body: (UnsafeRawBufferPointer) throws(DataError) -> Result
  ) throws(DataError) -> Result {
    func lend<Element>(_ values: [Element]) throws(DataError) -> Result {
      try values.withUnsafeBytes { bytes in
        Swift.Result { () throws(DataError) in try body(bytes) }
      }.get()
    }
    return switch self {
    case .booleans(let values): try lend(values)
    case .integers(let values): try lend(values)
    case .reals(let values): try lend(values)
    }
  }
}

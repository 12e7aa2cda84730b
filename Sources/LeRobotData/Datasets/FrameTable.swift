import LeRobotCore
import OrderedCollections

/// The numbers of all frames, one column a feature, in memory.
package struct FrameTable: Sendable {
  /// Elements of the three types that torch makes of Python's values.
  package enum Values: Sendable {
    case booleans([Bool])
    case integers([Int64])
    case reals([Float])
  }

  /// One feature of all frames.
  package struct Column: Sendable {
    /// The shape of one frame's value; empty for a scalar.
    package var shape: [Int]
    /// [frames] + shape, row-major.
    package var values: Values

    package init(shape: [Int], values: Values) {
      self.shape = shape
      self.values = values
    }

    var width: Int { shape.reduce(1, *) }
  }

  package var columns: OrderedDictionary<String, Column>

  package init(columns: OrderedDictionary<String, Column> = [:]) {
    self.columns = columns
  }

  /// An int64 column's value at a frame, nil where there is no such column.
  func integer(_ key: String, at row: Int) -> Int? {
    guard case .integers(let values)? = columns[key]?.values, row < values.count else { return nil }
    return Int(values[row])
  }

  /// A float32 column's value at a frame, nil where there is no such column.
  func float(_ key: String, at row: Int) -> Float? {
    guard case .reals(let values)? = columns[key]?.values, row < values.count else { return nil }
    return values[row]
  }
}

extension FrameTable.Column {
  /// An empty column of a feature: real numbers become float32, whole ones int64
  /// (LeRobot `datasets/utils.py`, `hf_transform_to_torch`). Shape [1] is a scalar.
  init(_ feature: DatasetFeature) {
    shape = feature.shape == [1] ? [] : feature.shape
    switch feature.dtype {
    case "bool": values = .booleans([])
    case "float16", "float32", "float64": values = .reals([])
    default: values = .integers([])
    }
  }

  /// The element kinds that may stand in a file for this column.
  var acceptedKinds: [ElementKind] {
    switch values {
    case .booleans: [.boolean]
    case .integers: [.integer]
    case .reals: [.real, .integer]
    }
  }

  /// Appends the rows of a file's column.
  mutating func append(_ column: ArrowColumn) throws(DataError) {
    // The array leaves `values` while it grows, so that it is not copied.
    switch values {
    case .booleans(var elements):
      values = .booleans([])
      elements += try column.booleans()
      values = .booleans(elements)
    case .integers(var elements):
      values = .integers([])
      elements += try column.integers()
      values = .integers(elements)
    case .reals(var elements):
      values = .reals([])
      elements += try column.floats()
      values = .reals(elements)
    }
  }

  /// The values of some frames, [rows.count] + shape, or [rows.count / time, time] + shape where
  /// there is a time axis.
  func gather(_ rows: [Int], leading: [Int]) -> HostTensor {
    func pick<Element: HostElement>(_ elements: [Element]) -> HostTensor {
      HostTensor(picked(elements, rows), shape: leading + shape)
    }
    return switch values {
    case .booleans(let elements): pick(elements)
    case .integers(let elements): pick(elements)
    case .reals(let elements): pick(elements)
    }
  }

  private func picked<Element>(_ elements: [Element], _ rows: [Int]) -> [Element] {
    if width == 1 { return rows.map { elements[$0] } }
    var result: [Element] = []
    result.reserveCapacity(rows.count * width)
    for row in rows { result += elements[row * width..<(row + 1) * width] }
    return result
  }
}

// MARK: - Reading

extension FrameTable {
  /// Reads the numeric features of the episodes from their files.
  ///
  /// - Parameter lengths: rows that every file must have, by its path.
  /// - Throws: `DataError` where a file is missing, damaged, or not what `info.json` declares.
  init(
    _ episodes: [StoredEpisode], features: OrderedDictionary<String, DatasetFeature>,
    lengths: [String: Int]
  ) throws(DataError) {
    columns = [:]
    for (key, feature) in features where feature.isNumeric { columns[key] = Column(feature) }
    var start = 0
    while start < episodes.count {
      let path = episodes[start].dataFile
      let end = episodes[start...].firstIndex { $0.dataFile != path } ?? episodes.count
      try append(episodes[start..<end], from: path, features: features, rowCount: lengths[path])
      start = end
    }
  }

  private mutating func append(
    _ episodes: ArraySlice<StoredEpisode>, from path: String,
    features: OrderedDictionary<String, DatasetFeature>, rowCount: Int?
  ) throws(DataError) {
    let file = try ParquetFile(path: path)
    if let rowCount, file.rowCount != rowCount {
      throw .wrongRowCount(file: path, found: file.rowCount, expected: rowCount)
    }
    let batch = try file.read(Array(columns.keys))
    for key in columns.keys {
      let column = try batch.column(key)
      try check(column, of: key, declared: features[key]?.dtype ?? "", path)
      for episode in episodes {
        try columns[key]?.append(column[episode.firstRow..<episode.firstRow + episode.length])
      }
    }
  }

  private func check(
    _ column: ArrowColumn, of key: String, declared: String, _ path: String
  ) throws(DataError) {
    guard let target = columns[key] else { return }
    guard target.acceptedKinds.contains(column.elementKind) else {
      throw .wrongType(file: path, column: key, found: column.typeName, expected: declared)
    }
    if let wrong = try column.firstRow(notOfWidth: target.width) {
      throw .wrongWidth(
        file: path, column: key, row: wrong.row, found: wrong.found, expected: target.width)
    }
  }
}

import LeRobotCore
import OrderedCollections

extension TableReader {
  /// Frames of all episodes.
  var rowCount: Int { episodes.last?.rows.upperBound ?? 0 }

  /// Type and shape of each column, [frames] + shape.
  var entries: OrderedDictionary<String, WeightEntry> {
    features.mapValues { WeightEntry($0.elementType ?? .float32, shape: [rowCount] + $0.shape) }
  }
}

extension FrameTable {
  /// The columns that were read, wherever they are kept; those that were dropped are left out.
  init(
    _ features: OrderedDictionary<String, DatasetFeature>, _ report: TableReport,
    in storage: [String: any ColumnTarget]
  ) {
    self.init()
    for (key, feature) in features where report.dropped[key] == nil {
      columns[key] = storage[key].map { FrameColumn(feature, key, storage: $0) }
    }
  }

  /// Reads a small table into memory.
  static func reading(_ reader: inout TableReader) throws(DataError) -> (FrameTable, TableReport) {
    var columns: [String: any ColumnTarget] = [:]
    for (key, entry) in reader.entries { columns[key] = ColumnMemory(byteCount: entry.byteCount) }
    try reader.read(into: columns)
    return (FrameTable(reader.features, reader.report, in: columns), reader.report)
  }

  /// The table of the selected episodes: in memory where it is small, or else from the cache, which
  /// is filled first where it has to be.
  ///
  /// - Parameter warn: told why a large table is held in memory.
  static func open(
    _ reader: inout TableReader, cache: TableCache?, warn: (String) -> Void
  ) throws(DataError) -> (FrameTable, TableReport) {
    let byteCount = reader.entries.values.reduce(0) { $0 + $1.byteCount }
    guard let cache, byteCount >= cache.smallestSize else { return try reading(&reader) }
    let source = TableSource(reader, plan: reader.plan)
    if let known = cache.open(source, reader) { return known }
    let untouched = reader
    do throws(DataError) {
      return try cache.make(source, &reader)
    } catch {
      guard case .notWritable = error else { throw error }
      warn("\(error); the dataset's \(byteCount >> 20) MiB of numbers are held in memory")
      reader = untouched
      return try reading(&reader)
    }
  }
}

extension FrameColumn {
  /// A column of a feature. LeRobot makes a scalar of a feature of shape [1]; observations and
  /// actions keep their axis here, for LeRobot's policies fail on the scalar (Q-DATA-19).
  init(_ feature: DatasetFeature, _ key: String, storage: any ColumnStorage) {
    let isLearned = key.hasPrefix("observation") || key.hasPrefix("action")
    self.init(
      feature.elementType ?? .float32,
      shape: feature.shape == [1] && !isLearned ? [] : feature.shape,
      storage: storage)
  }
}

import LeRobotCore
import OrderedCollections

/// Reads the numbers of the selected episodes from their files, piece by piece, and looks at every
/// value on the way.
struct TableReader {
  /// The numeric features to be read, under the names they have here.
  let features: OrderedDictionary<String, DatasetFeature>
  /// Those that the run cannot do without; others are dropped where they cannot be understood.
  let required: Set<String>
  let episodes: [Episode]
  let plan: RowPlan
  /// Whether rows that are not in the order of `frame_index` are an error.
  let checksOrder: Bool
  private(set) var report: TableReport
  private var targets: [String: any ColumnTarget] = [:]
  /// The frame before, of the same episode.
  private var lastFrame: (episode: Int, number: Int64)?

  init(
    _ features: OrderedDictionary<String, DatasetFeature>, required: Set<String>,
    episodes: [Episode], plan: RowPlan, checksOrder: Bool = true, timestamps: TimestampCheck
  ) {
    self.features = features
    self.required = required
    self.episodes = episodes
    self.plan = plan
    self.checksOrder = checksOrder
    report = TableReport(timestamps: timestamps)
  }

  /// Fills the columns.
  ///
  /// - Parameter targets: one for each feature, with room for all rows.
  /// - Throws: `DataError` where a file is missing or damaged, where a column that is required is
  ///   not what `info.json` declares, and `wrongEpisode` where rows are of other episodes.
  mutating func read(into targets: [String: any ColumnTarget]) throws(DataError) {
    self.targets = targets
    for key in features.keys { report.columns[key] = ColumnCheck() }
    let runs = Dictionary(grouping: plan.runs, by: \.file)
    for file in plan.files {
      try read(file, runs[file]?.sorted { $0.rows.lowerBound < $1.rows.lowerBound } ?? [])
    }
    for key in report.dropped.keys { report.columns[key] = nil }
  }

  /// - Parameter runs: of the file, in its order.
  private mutating func read(_ path: String, _ runs: [RowRun]) throws(DataError) {
    let file = try ParquetFile(path: path, isStreamed: true)
    if let last = runs.last, last.rows.upperBound > file.rowCount {
      throw .wrongRowCount(file: path, found: file.rowCount, expected: last.rows.upperBound)
    }
    let keys = try columns(of: file)
    guard !keys.isEmpty else { return }
    let names = keys.compactMap { features[$0]?.column(named: $0) }
    var next = 0
    try file.readPieces(names) { batch, first throws(DataError) in
      let piece = first..<first + batch.rowCount
      while next < runs.count, runs[next].rows.upperBound <= piece.lowerBound { next += 1 }
      for run in runs[next...].prefix(while: { $0.rows.lowerBound < piece.upperBound }) {
        let rows = run.rows.clamped(to: piece)
        let target = run.target + rows.lowerBound - run.rows.lowerBound
        try take(batch, keys, rows.lowerBound - first..<rows.upperBound - first, at: target, rows)
      }
    }
  }

  /// The columns to be read of a file; what it lacks or holds in another kind is dropped.
  private mutating func columns(of file: ParquetFile) throws(DataError) -> [String] {
    let kinds = try file.columnKinds()
    var keys: [String] = []
    for (key, feature) in features where report.dropped[key] == nil {
      let name = feature.column(named: key)
      guard let kind = kinds[name] else {
        try drop(key, because: .missingColumn(file: file.path, column: name))
        continue
      }
      guard kind.isNumeric else {
        try drop(
          key,
          because: .wrongType(
            file: file.path, column: name, found: kind == .other ? "another type" : "\(kind)",
            expected: feature.dtype))
        continue
      }
      keys.append(key)
    }
    return keys
  }

  /// Takes rows of a piece over.
  ///
  /// - Parameters:
  ///   - rows: of the piece.
  ///   - target: the table's row of the first one.
  ///   - fileRows: of the file, for messages.
  private mutating func take(
    _ batch: ArrowBatch, _ keys: [String], _ rows: Range<Int>, at target: Int,
    _ fileRows: Range<Int>
  ) throws(DataError) {
    for key in keys where report.dropped[key] == nil {
      guard let feature = features[key] else { continue }
      let column = try batch.column(feature.column(named: key))[rows]
      do throws(DataError) {
        try take(column, key, feature, at: target, fileRows)
      } catch .wrongType(let file, let column, let found, _) {
        try drop(
          key,
          because: .wrongType(file: file, column: column, found: found, expected: feature.dtype))
      } catch {
        try drop(key, because: error)
      }
    }
  }

  private mutating func take(
    _ column: ArrowColumn, _ key: String, _ feature: DatasetFeature, at target: Int,
    _ fileRows: Range<Int>
  ) throws(DataError) {
    let nulls = try column.rowsWithNulls()
    for row in nulls { report.columns[key]?.nulls.add(target + row) }
    // A null is an error in the end; what else is in the piece does not matter then.
    guard nulls.isEmpty else { return }
    let width = feature.elementCount
    if let wrong = try column.firstRow(notOfWidth: width) {
      throw .wrongWidth(
        file: column.owner.file, column: key, row: fileRows.lowerBound + wrong.row,
        found: wrong.found, expected: width)
    }
    let elements = try ColumnElements(column, feature)
    if case .integers(let numbers) = elements, key == "episode_index" {
      try checkEpisodes(numbers, at: target, column.owner.file, fileRows)
    }
    if case .integers(let numbers) = elements, key == "frame_index", checksOrder {
      try checkOrder(numbers, at: target, column.owner.file, fileRows)
    }
    if case .integers(let numbers) = elements, key == "task_index" { addTasks(numbers) }
    if case .reals(let values) = elements { look(at: values, key, width, from: target) }
    try elements.withUnsafeBytes { bytes throws(DataError) in
      try targets[key]?.write(bytes, at: target * width * feature.elementSize)
    }
  }

  private mutating func look(at values: [Float], _ key: String, _ width: Int, from row: Int) {
    report.columns[key]?.look(at: values, width: width, from: row)
    guard key == "timestamp", width == 1 else { return }
    var row = row
    var rest = values[...]
    while !rest.isEmpty {
      let episode = episodes[episodes.position(ofRow: row)].rows
      let times = rest.prefix(episode.upperBound - row)
      report.timestamps.look(at: times, from: row, of: episode.lowerBound)
      row += times.count
      rest = rest.dropFirst(times.count)
    }
  }

  private mutating func addTasks(_ numbers: [Int64]) {
    var last: Int64?
    for number in numbers where number != last {
      last = number
      if report.tasks.count < TableReport.taskLimit { report.tasks.insert(Int(number)) }
    }
  }

  /// Whether the rows are those of the episodes.
  private func checkEpisodes(
    _ numbers: [Int64], at target: Int, _ file: String, _ fileRows: Range<Int>
  ) throws(DataError) {
    var position = episodes.position(ofRow: target)
    for (offset, number) in numbers.enumerated() {
      while episodes[position].rows.upperBound <= target + offset { position += 1 }
      if number != episodes[position].index {
        throw .wrongEpisode(
          file: file, row: fileRows.lowerBound + offset, found: Int(number),
          expected: episodes[position].index)
      }
    }
  }

  /// Whether the rows of each episode are in the order of their frames.
  private mutating func checkOrder(
    _ numbers: [Int64], at target: Int, _ file: String, _ fileRows: Range<Int>
  ) throws(DataError) {
    var position = episodes.position(ofRow: target)
    for (offset, number) in numbers.enumerated() {
      while episodes[position].rows.upperBound <= target + offset { position += 1 }
      if let last = lastFrame, last.episode == position, number <= last.number {
        throw .wrongOrder(
          file: file, row: fileRows.lowerBound + offset, episode: episodes[position].index)
      }
      lastFrame = (position, number)
    }
  }

  /// Does without a column, unless it is required.
  private mutating func drop(_ key: String, because error: DataError) throws(DataError) {
    if required.contains(key) { throw error }
    if error.isMisplacement { throw error }
    report.dropped[key] = error.cause
  }
}

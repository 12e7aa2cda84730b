import LeRobotCore
import OrderedCollections

/// What was noticed while a table was read.
struct TableReport: Sendable, Equatable {
  var columns: OrderedDictionary<String, ColumnCheck> = [:]
  /// Columns that cannot be understood, and why.
  var dropped: OrderedDictionary<String, String> = [:]
  /// The tasks that frames refer to, the first thousand of them.
  var tasks: Set<Int> = []
  var timestamps: TimestampCheck

  static let taskLimit = 1000

  init(timestamps: TimestampCheck) {
    self.timestamps = timestamps
  }
}

// MARK: - As text

extension TableReport {
  /// Kept beside a table's columns, so that it is said again without reading them again.
  var text: String {
    let object: JSONValue = .object([
      "columns": .object(columns.mapValues(\.json)),
      "dropped": .object(dropped.mapValues { .string($0) }), "timestamps": timestamps.json,
      "tasks": .array(tasks.sorted().map { .int($0) }),
    ])
    return object.pythonText()
  }

  /// Reads `text`; nil where it is damaged.
  init?(text: String, timestamps: TimestampCheck) {
    guard let json = try? JSONValue(parsing: text), let members = json.objectValue,
      let columns = members["columns"]?.objectValue, let dropped = members["dropped"]?.objectValue,
      let tasks = members["tasks"]?.arrayValue
    else { return nil }
    self.init(timestamps: timestamps)
    for (key, value) in columns {
      guard let check = ColumnCheck(value) else { return nil }
      self.columns[key] = check
    }
    self.dropped = dropped.compactMapValues(\.stringValue)
    self.tasks = Set(tasks.compactMap(\.intValue))
    self.timestamps.read(members["timestamps"])
  }
}

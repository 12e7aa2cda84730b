import LeRobotCore

/// Task sentences by `task_index`.
package struct TaskTable: Sendable, Equatable {
  package var sentences: [Int: String]
  /// The file they came from, for messages.
  package var file: String
  /// Why there are none, where something is wrong with the file's texts.
  var problem: String?

  package init(sentences: [Int: String], file: String) {
    (self.sentences, self.file) = (sentences, file)
  }

  /// v3.0: a table whose sentences are pandas' index, or a column of text.
  ///
  /// - Throws: `DataError` where the file is missing or damaged, or has no `task_index`.
  init(parquet path: String) throws(DataError) {
    self.init(sentences: [:], file: path)
    let batch = try ParquetFile(path: path).read()
    let indices = try batch.column("task_index").oneInARow().integers()
    guard let texts = Self.textColumn(batch) else {
      problem = "no column holds the tasks' texts"
      return
    }
    var lacking = 0
    for (row, index) in indices.enumerated() {
      let text = try texts.string(row)
      if text == nil { lacking += 1 }
      sentences[Int(index)] = text ?? ""
    }
    if lacking > 0 { problem = "\(lacking) of \(indices.count) tasks have no text" }
  }

  /// The column of that kind whose name says most: LeRobot's, pandas' for an index without a name,
  /// or any other one of text. Writers call it what they like.
  private static func textColumn(_ batch: ArrowBatch) -> ArrowColumn? {
    let texts = batch.columns.filter { $0.elementKind == .text && !$0.isList }
    for name in ["task", "__index_level_0__", "tasks"] {
      if let found = texts.first(where: { $0.name == name }) { return found }
    }
    return texts.first
  }

  /// v2.x: a JSON object on each line.
  ///
  /// - Throws: `DataError` where the file is missing or no such file.
  init(lines path: String) throws(DataError) {
    self.init(sentences: [:], file: path)
    for line in try MetadataFile(path: path).lines() {
      sentences[try line.integer("task_index")] = try line.string("task")
    }
  }
}

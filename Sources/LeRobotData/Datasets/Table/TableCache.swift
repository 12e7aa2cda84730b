import CPixels
import Foundation
import LeRobotCore
import OrderedCollections

/// Keeps the columns of large tables in files, made when a dataset is first opened: memory then does
/// not grow with the frames, and the next run opens the dataset without reading its tables.
///
/// Each choice of episodes and features has a safetensors file of its own, with a tensor
/// [frames] + shape for each column.
package struct TableCache: Sendable {
  /// Where files lie; made when the first is written.
  package let folder: String
  /// Whether files stay there for the next run.
  package let isKept: Bool
  /// Tables of fewer bytes are held in memory.
  package let smallestSize: Int

  /// How many files of one dataset are kept; the oldest go.
  private static let limit = 4

  package init(folder: String, isKept: Bool = true, smallestSize: Int = 64 << 20) {
    self.folder = folder
    self.isKept = isKept
    self.smallestSize = smallestSize
  }

  /// The file of a table, by what it was made of.
  func file(of source: TableSource) -> String { "\(folder)/\(source.name).safetensors" }

  /// The table that an earlier run made of the same files; nil where there is none.
  func open(_ source: TableSource, _ reader: TableReader) -> (FrameTable, TableReport)? {
    let path = file(of: source)
    guard let table = try? SafetensorsTable(path: path),
      table.metadata["source"] == source.stamp,
      table.entries.count == reader.entries.count,
      // Their order in the file is another one.
      reader.entries.allSatisfy({ table.entries[$0.key] == $0.value }),
      let text = table.metadata["report"],
      let report = TableReport(text: text, timestamps: reader.report.timestamps)
    else { return nil }
    // The oldest are removed first.
    utimes(path, nil)
    return (FrameTable(reader.features, report, in: Self.columns(of: table)), report)
  }

  private static func columns(of table: SafetensorsTable) -> [String: any ColumnTarget] {
    table.columns.mapValues { ColumnOfFile(table: table, column: $0) }
  }

  /// Reads a table into a new file.
  ///
  /// - Throws: `DataError.notWritable` where the file cannot be written, otherwise what the reader
  ///   throws.
  func make(
    _ source: TableSource, _ reader: inout TableReader
  ) throws(DataError) -> (FrameTable, TableReport) {
    let path = file(of: source)
    let draft = "\(path).\(UUID().uuidString)"
    let table = try Self.writing { () throws(FileError) in
      try FileSystem.createDirectory(folder)
      return try SafetensorsTable(creating: draft, entries: reader.entries)
    }
    // Whatever happens, no half-made file stays.
    defer { unlink(draft) }
    let columns = Self.columns(of: table)
    try reader.read(into: columns)
    let report = reader.report
    if isKept {
      try Self.writing { () throws(FileError) in
        // A report that is too long for the header is not kept: the next run reads the tables again.
        let metadata: OrderedDictionary = ["source": source.stamp, "report": report.text]
        guard try table.finish(metadata: metadata) else { return }
        try FileSystem.rename(draft, to: path)
      }
      removeOldest()
    }
    return (FrameTable(reader.features, report, in: columns), report)
  }

  private static func writing<Result>(
    _ body: () throws(FileError) -> Result
  ) throws(DataError) -> Result {
    do throws(FileError) {
      return try body()
    } catch {
      switch error {
      case .system(_, let path, _), .endOfFile(let path, _, _):
        throw .notWritable(file: path, reason: error.reason)
      }
    }
  }

  private func removeOldest() {
    let names = (try? FileSystem.list(folder)) ?? []
    let files = names.filter { $0.hasSuffix(".safetensors") }.map { "\(folder)/\($0)" }
    let changed = files.map { (file: $0, time: FileStamp($0)?.changed ?? 0) }
    let byAge = changed.sorted { $0.time > $1.time }.map(\.file)
    for file in byAge.dropFirst(Self.limit) { unlink(file) }
  }
}

/// What a table is made of.
struct TableSource: Sendable {
  /// Tells apart choices of episodes and features.
  let name: String
  /// Changes with anything that the table's values depend on: files, their sizes and times, places.
  let stamp: String

  init(_ reader: TableReader, plan: RowPlan) {
    let features = reader.features.map { key, feature in
      "\(key) \(feature.column(named: key)) \(feature.dtype) \(feature.shape)"
    }
    let episodes = reader.episodes.map { "\($0.index) \($0.rows.count)" }
    name = (features + reader.episodes.map { "\($0.index)" }).digest
    let files = plan.files.map { "\($0) \(FileStamp($0)?.version ?? "")" }
    let runs = plan.runs.map { "\($0.file) \($0.rows) \($0.target)" }
    let check = reader.report.timestamps
    stamp =
      (["layout 1", "\(check.fps) \(check.tolerance)"] + features + episodes + files + runs).digest
  }
}

extension [String] {
  /// A checksum of lines, in hexadecimal.
  var digest: String {
    let text = joined(separator: "\n")
    return text.checksum() + text.checksum(seed: 1)
  }
}

extension String {
  /// A checksum of its bytes, in hexadecimal.
  func checksum(seed: UInt64 = 0) -> String {
    var text = self
    return text.withUTF8 { String(cpx_checksum($0.baseAddress, $0.count, seed), radix: 16) }
  }
}

import LeRobotCore

/// Reads a run from its folder, and what was added to it since.
///
/// It needs neither the process that trains nor its machine: only the files.
package final class RunReader {
  package private(set) var history: RunHistory
  private let directory: RunDirectory
  /// Bytes of `metrics.jsonl` that are read.
  private var position = 0
  /// The file as it was read last, by its number and its beginning: a resumed run replaces it.
  private var number: UInt64?
  private var beginning: [UInt8] = []
  /// The step whose validation was read.
  private var validatedStep: Int?

  /// - Parameter folder: the run's, or a checkpoint's inside it.
  /// - Throws: `RunReadingError` where no run is.
  package init(_ folder: String) throws(RunReadingError) {
    directory = RunDirectory(path: try Self.run(at: folder))
    history = RunHistory(folder: directory.path)
    try refresh()
  }

  /// The run's folder above or at a path that a user names.
  private static func run(at path: String) throws(RunReadingError) -> String {
    guard FileSystem.exists(path) else { throw .missing(path) }
    var folder: String? = FileSystem.trimmed(path)
    for _ in 0..<4 {
      guard let candidate = folder else { break }
      let run = RunDirectory(path: candidate)
      if FileSystem.exists(run.metricsFile) || FileSystem.exists(run.descriptionFile) {
        return candidate
      }
      folder = FileSystem.parent(of: candidate)
    }
    throw .noRun(path)
  }

  /// Reads what is new.
  package func refresh() throws(RunReadingError) {
    do throws(FileError) {
      if let text = try Self.contents(of: directory.descriptionFile) {
        // A file that is being written is read the next time.
        if let json = try? JSONValue(parsing: text), let description = RunDescription(json) {
          history.description = description
        }
      }
      try readMetrics()
    } catch {
      throw .file(error)
    }
    readValidation()
    if history.firstBatch.isEmpty { history.firstBatch = FirstBatchFiles.read(directory) }
  }

  /// The file of the latest validation, once for each.
  private func readValidation() {
    guard let step = history.validations.last?.step, step != validatedStep,
      let file = directory.validationFile(step: step),
      let text = try? TextFile.read(file), let json = try? JSONValue(parsing: text)
    else { return }
    (history.validation, validatedStep) = (json, step)
  }

  private static func contents(of path: String) throws(FileError) -> String? {
    FileSystem.exists(path) ? try TextFile.read(path) : nil
  }

  private func readMetrics() throws(FileError) {
    guard FileSystem.exists(directory.metricsFile) else { return forget() }
    let file = try RawFile(reading: directory.metricsFile)
    let (size, number) = (try file.size(), try file.number())
    let start = try file.read(UInt8.self, count: min(size, beginning.count), at: 0)
    if number != self.number || size < position || start != beginning { forget() }
    self.number = number
    let bytes = try file.read(UInt8.self, count: size - position, at: position)
    guard let end = bytes.lastIndex(of: UInt8(ascii: "\n")) else { return }
    for line in bytes[...end].split(separator: UInt8(ascii: "\n")) {
      if let record = MetricsRecord(line: String(decoding: line, as: UTF8.self)) {
        history.records.append(record)
      }
    }
    position += end + 1
    if beginning.isEmpty { beginning = Array(bytes.prefix(Self.comparedBytes)) }
  }

  /// What was read of an earlier file does not count, and the first batch is another process's.
  private func forget() {
    (position, number, beginning) = (0, nil, [])
    (history.records, history.firstBatch) = ([], [])
  }

  /// Enough for the first line, which holds its time.
  private static let comparedBytes = 4096
}

/// Why a run cannot be read.
package enum RunReadingError: Error, CustomStringConvertible {
  case missing(String)
  case noRun(String)
  /// A run whose process keeps its files itself.
  case running(String)
  case file(FileError)

  package var description: String {
    switch self {
    case .missing(let path): "\(path): there is no such folder; give a run's output_dir"
    case .noRun(let path):
      "\(path): holds neither run.json nor metrics.jsonl; give a run's output_dir"
    case .running(let path):
      "\(path): is training, and keeps its files up to date itself; watch it by --watch, or wait for its end"
    case .file(let error): "\(error)"
    }
  }
}

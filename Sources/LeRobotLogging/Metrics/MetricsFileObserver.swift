import Foundation
import LeRobotCore

/// Writes every log line's values at full precision to `metrics.jsonl`, an object a line: all values
/// that have a name, the parts of the loss included.
package final class MetricsFileObserver: EventConsumer {
  package let name = "metrics.jsonl"
  private let file: LineFile
  /// The run's.
  private let folder: String

  /// - Parameters:
  ///   - step: steps done before; 0 begins a new file, more keeps the lines up to there of the run
  ///     that is resumed.
  ///   - repeated: what the resumed run measures again at that step.
  ///   - warn: is told, in a line, where a file that holds more than lines of metrics was kept aside.
  /// - Throws: `TrainingError` where the file cannot be read or written; it is then as it was.
  package init(
    path: String, resumingAt step: Int,
    repeating repeated: Set<MetricsRecord.Kind> = [.evaluation, .validation],
    warn: (String) -> Void = { _ in }
  ) throws(TrainingError) {
    folder = FileSystem.parent(of: path) ?? "."
    do throws(FileError) {
      var kept: [String] = []
      if step > 0, FileSystem.exists(path) {
        let stored = try StoredMetrics(path, upTo: step, without: repeated)
        kept = stored.lines
        if stored.unreadableCount > 0 {
          let aside = try FileSystem.keepAside(path)
          warn(
            "\(path): \(stored.unreadableCount) of its lines could not be read; "
              + "the file as it was is now \(aside)")
        }
      }
      try TextFile.replace(path, by: kept.map { $0 + "\n" }.joined())
    } catch {
      throw .file(error)
    }
    file = try LineFile(path: path, appending: true)
  }

  package func consume(_ event: RunEvent) throws {
    switch event {
    case .interval(let metrics): try append(MetricsRecord(training: metrics))
    case .evaluated(let summary, let metrics):
      try append(MetricsRecord(evaluation: metrics, summary, folder: folder))
    case .validated(_, let metrics): try append(MetricsRecord(validation: metrics))
    case .configured, .preparing, .prepared, .began, .stepped, .saving, .savingBegun, .saved,
      .evaluating, .progress, .transferring, .validating, .evaluationFailed, .logged, .ended:
      break
    }
  }

  private func append(_ record: MetricsRecord) throws {
    try file.append(record.json.pythonText())
  }
}

/// The lines that an earlier process wrote.
private struct StoredMetrics {
  /// Those that still hold: of steps that are not made again.
  var lines: [String] = []
  /// Lines that are no metrics. A last line that was cut off is none of them.
  var unreadableCount = 0

  init(
    _ path: String, upTo step: Int, without repeated: Set<MetricsRecord.Kind>
  ) throws(FileError) {
    let bytes = try TextFile.bytes(path)
    let newline = UInt8(ascii: "\n")
    for line in bytes.split(separator: newline) {
      guard let text = String(validating: line, as: UTF8.self),
        let record = MetricsRecord(line: text)
      else {
        let isCutOff = line.endIndex == bytes.endIndex && line.first == UInt8(ascii: "{")
        if !isCutOff { unreadableCount += 1 }
        continue
      }
      // The evaluation of the step that is resumed may be made again.
      let isRepeated = record.step == step && repeated.contains(record.kind)
      if record.step <= step, !isRepeated { lines.append(text) }
    }
  }
}

extension FileSystem {
  /// Gives a file a second name, `path.damaged` or the next free one of that kind.
  fileprivate static func keepAside(_ path: String) throws(FileError) -> String {
    var (aside, number) = ("\(path).damaged", 1)
    while exists(aside) {
      number += 1
      aside = "\(path).damaged.\(number)"
    }
    guard addName(path, aside) == 0 else {
      throw .system(.link, path: aside, code: errno)
    }
    return aside
  }
}

/// libc's `link`, out of the way of the method of that name.
private let addName: @Sendable (String, String) -> Int32 = { link($0, $1) }

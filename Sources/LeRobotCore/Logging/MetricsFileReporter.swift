import Foundation
import OrderedCollections

/// Writes every log line's values at full precision to `metrics.jsonl`, an object a line.
///
/// A line that cannot be written is no reason to lose the steps since the last checkpoint.
package final class MetricsFileReporter: TrainingReporter {
  private let file: LineFile
  private let warn: (String) -> Void
  private var hasWarned = false

  /// - Parameters:
  ///   - step: steps done before; 0 begins a new file, more keeps the lines up to there of the run
  ///     that is resumed.
  ///   - warn: is told of the first line that could not be written.
  package init(
    path: String, resumingAt step: Int, warn: @escaping (String) -> Void
  ) throws(TrainingError) {
    self.warn = warn
    let kept = step > 0 ? Self.lines(of: path, upTo: step) : []
    // Whoever is killed here leaves the old lines or the kept ones, never none.
    do throws(FileError) {
      let aside = path + ".unfinished"
      try TextFile.write(kept.map { $0 + "\n" }.joined(), to: aside)
      try FileSystem.rename(aside, to: path)
    } catch {
      throw .file(error)
    }
    file = try LineFile(path: path, appending: true)
  }

  /// The lines of an earlier process that still hold; a last line that was cut off does not.
  private static func lines(of path: String, upTo step: Int) -> [String] {
    let text = (try? String(contentsOfFile: path, encoding: .utf8)) ?? ""
    return text.split(separator: "\n").map(String.init).filter { line in
      guard let values = try? JSONValue(parsing: line), let steps = values["steps"]?.intValue
      else { return false }
      // The evaluation of the step that is resumed is made again.
      return values["eval_s"] == nil ? steps <= step : steps < step
    }
  }

  package func didAverage(_ metrics: MetricsTracker) throws {
    append(metrics.values())
  }

  package func didEvaluate(_ summary: EvaluationSummary, results: MetricsTracker) throws {
    var values = results.values()
    values["avg_max_reward"] = .double(summary.averageMaximumReward)
    values["n_episodes"] = .int(summary.episodeCount)
    append(values)
  }

  private func append(_ values: OrderedDictionary<String, JSONValue>) {
    do throws(TrainingError) {
      try file.append(JSONValue.object(values).pythonText())
    } catch {
      if !hasWarned { warn("\(error); training goes on, and lines are missing there") }
      hasWarned = true
    }
  }
}

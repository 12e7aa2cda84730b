import OrderedCollections

/// Writes every log line's values at full precision to `metrics.jsonl`, an object a line.
package final class MetricsFileReporter: TrainingReporter {
  private let file: LineFile

  package init(path: String, appending: Bool) throws(TrainingError) {
    file = try LineFile(path: path, appending: appending)
  }

  package func didAverage(_ metrics: MetricsTracker) throws {
    try file.append(JSONValue.object(metrics.values()).pythonText())
  }
}

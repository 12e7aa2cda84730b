import OrderedCollections

/// Writes a run's numbers at full precision, to be held against another run's: initial weights,
/// and per step the dataset indices, loss, gradient norm, rate and sums over the batch.
///
/// The format is that of a recorder for the Python program, so that either run can be LeRobot's.
package final class TraceReporter: TrainingReporter {
  private let file: LineFile
  private let header: OrderedDictionary<String, JSONValue>
  private var hasHeader = false
  /// How long beginning the last save held the training up; told with the step after it, which may
  /// have waited for the copy.
  private var saveSeconds: Double?

  /// - Parameters:
  ///   - versions: what computes: `lerobot` (the behaviour followed), `torch`, our own.
  ///   - threads: threads that one tensor operation may use.
  ///   - arguments: the command line, without the program's name.
  package init(
    path: String, versions: OrderedDictionary<String, String>, threads: Int, arguments: [String]
  ) throws(TrainingError) {
    file = try LineFile(path: path, appending: false)
    var header = versions.mapValues(JSONValue.string)
    header["threads"] = .int(threads)
    header["arguments"] = .array(arguments.map(JSONValue.string))
    self.header = header
  }

  package func willUpdate(_ learner: any Learner) throws {
    guard !hasHeader else { return }
    hasHeader = true
    var header = header
    header["initial_weights"] = Self.summary(of: try learner.weights())
    try file.append(JSONValue.object(header).pythonText())
  }

  package func didUpdate(_ record: StepRecord, batch: Batch) throws {
    let indices = batch["index"].map { JSONValue.array($0.doubles.map { .int(Int($0)) }) }
    var line: OrderedDictionary<String, JSONValue> = [
      "step": .int(record.step),
      "indices": indices ?? .null,
      "loss": .double(record.result.loss),
      "grad_norm": .double(record.result.gradientNorm),
      "lr": .double(record.learningRate),
      "update_s": .double(Self.rounded(record.updateSeconds)),
      "data_s": .double(Self.rounded(record.dataSeconds)),
      "batch_sums": Self.summary(of: batch.tensors),
    ]
    if let saveSeconds {
      line["save_s"] = .double(Self.rounded(saveSeconds + record.result.snapshotSeconds))
    }
    saveSeconds = nil
    try file.append(JSONValue.object(line).pythonText())
  }

  package func didEvaluate(_ summary: EvaluationSummary, results: MetricsTracker) throws {
    let line: JSONValue = [
      "evaluated_step": .int(results.steps), "eval_s": .double(Self.rounded(summary.seconds)),
      "per_task": summary.info["per_task"] ?? .null, "openings": .array(summary.openings),
    ]
    try file.append(line.pythonText())
  }

  package func didBeginSaving(step: Int, seconds: Double) { saveSeconds = seconds }

  /// Shape, sum and absolute sum of every tensor of float32 or float64.
  private static func summary(of tensors: NamedTensors) -> JSONValue {
    var entries: OrderedDictionary<String, JSONValue> = [:]
    for (name, tensor) in tensors {
      guard tensor.scalarType == .float32 || tensor.scalarType == .float64 else { continue }
      let (sum, absoluteSum) = tensor.sums
      entries[name] = .array([
        .array(tensor.shape.map { .int($0) }), .double(sum), .double(absoluteSum),
      ])
    }
    return .object(entries)
  }

  private static func rounded(_ seconds: Double) -> Double {
    (seconds * 10_000).rounded() / 10_000
  }
}

extension HostTensor {
  /// The float64 sum of all elements, and of their absolute values.
  fileprivate var sums: (sum: Double, absoluteSum: Double) {
    var (sum, absoluteSum) = (0.0, 0.0)
    for value in doubles {
      sum += value
      absoluteSum += abs(value)
    }
    return (sum, absoluteSum)
  }
}

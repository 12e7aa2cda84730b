import LeRobotCore
import OrderedCollections

/// What the first line of a trace says: what computes, how it was asked, and the initial weights.
package struct TraceHeader: Sendable {
  fileprivate let fields: OrderedDictionary<String, JSONValue>

  /// - Parameters:
  ///   - versions: what computes: `lerobot` (the behaviour followed), `torch`, our own.
  ///   - threads: threads that one tensor operation may use.
  ///   - arguments: the command line, without the program's name.
  ///   - initialWeights: before the first step.
  package init(
    versions: OrderedDictionary<String, String>, threads: Int, arguments: [String],
    initialWeights: NamedTensors
  ) {
    var fields = versions.mapValues(JSONValue.string)
    fields["threads"] = .int(threads)
    fields["arguments"] = .array(arguments.map(JSONValue.string))
    fields["initial_weights"] = TensorSums.summary(of: initialWeights)
    self.fields = fields
  }
}

/// Writes a run's numbers at full precision, to be held against another run's: initial weights,
/// and per step the dataset indices, loss, gradient norm, rate and sums over the batch.
///
/// The format is that of a recorder for the Python program, so that either run can be LeRobot's.
/// A trace holds every step, so its queue makes the run wait rather than drop one.
package final class TraceObserver: EventConsumer {
  package let name: String
  package let readsBatches = true
  private let file: LineFile
  private let header: TraceHeader
  private var hasHeader = false
  /// How long beginning the last save held the training up; told with the step after it, which may
  /// have waited for the copy.
  private var saveSeconds: Double?

  package init(path: String, header: TraceHeader) throws(TrainingError) {
    name = path
    file = try LineFile(path: path, appending: false)
    self.header = header
  }

  package func consume(_ event: RunEvent) throws {
    switch event {
    case .stepped(let record, let batch):
      try writeHeader()
      try write(record, batch ?? Batch())
    case .evaluated(let summary, let metrics):
      let line: JSONValue = [
        "evaluated_step": .int(metrics.steps), "eval_s": .double(Self.rounded(summary.seconds)),
        "per_task": summary.info["per_task"] ?? .null, "openings": .array(summary.openings),
      ]
      try file.append(line.pythonText())
    case .savingBegun(_, let seconds): saveSeconds = seconds
    case .configured, .preparing, .prepared, .began, .interval, .saving, .saved, .evaluating,
      .progress, .transferring, .validating, .validated, .evaluationFailed, .logged, .ended:
      break
    }
  }

  private func writeHeader() throws {
    guard !hasHeader else { return }
    hasHeader = true
    try file.append(JSONValue.object(header.fields).pythonText())
  }

  private func write(_ record: StepRecord, _ batch: Batch) throws {
    let indices = batch["index"].map { JSONValue.array($0.doubles.map { .int(Int($0)) }) }
    var line: OrderedDictionary<String, JSONValue> = [
      "step": .int(record.step),
      "indices": indices ?? .null,
      "loss": .double(record.result.loss),
      "grad_norm": .double(record.result.gradientNorm),
      "lr": .double(record.learningRate),
      "update_s": .double(Self.rounded(record.updateSeconds)),
      "data_s": .double(Self.rounded(record.dataSeconds)),
      "batch_sums": TensorSums.summary(of: batch.numbers),
    ]
    if let saveSeconds {
      line["save_s"] = .double(Self.rounded(saveSeconds + record.result.snapshotSeconds))
    }
    saveSeconds = nil
    try file.append(JSONValue.object(line).pythonText())
  }

  private static func rounded(_ seconds: Double) -> Double {
    (seconds * 10_000).rounded() / 10_000
  }
}

extension Batch {
  /// All values as tensors, pictures as the numbers that their bytes stand for.
  fileprivate var numbers: NamedTensors {
    values.mapValues { $0.picture?.tensor ?? $0.tensor }
  }
}

/// Sums of tensors, by which two runs are compared.
private enum TensorSums {
  /// Shape, sum and absolute sum of every tensor of real numbers.
  static func summary(of tensors: NamedTensors) -> JSONValue {
    var entries: OrderedDictionary<String, JSONValue> = [:]
    for (name, tensor) in tensors {
      guard tensor.scalarType.isFloatingPoint else { continue }
      let (sum, absoluteSum) = tensor.sums
      entries[name] = .array([
        .array(tensor.shape.map { .int($0) }), .double(sum), .double(absoluteSum),
      ])
    }
    return .object(entries)
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

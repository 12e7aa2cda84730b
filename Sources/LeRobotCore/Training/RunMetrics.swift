import OrderedCollections

/// The mean of a value since the last reset, and the latest (LeRobot `utils/logging_utils.py`,
/// `AverageMeter`).
package struct AverageMeter: Sendable, Equatable {
  /// The latest value.
  package private(set) var value = 0.0
  package fileprivate(set) var average = 0.0
  private var sum = 0.0
  private var count = 0

  package init() {}

  /// Adds a value that stands for `count` samples.
  package mutating func update(_ value: Double, count: Int = 1) {
    self.value = value
    sum += value * Double(count)
    self.count += count
    average = sum / Double(self.count)
  }

  /// Latest value, sum and count: what an unfinished average is made of.
  fileprivate var state: JSONValue { [.double(value), .double(sum), .int(count)] }

  fileprivate init?(state: JSONValue) {
    guard let value = state[0]?.doubleValue, let sum = state[1]?.doubleValue,
      let count = state[2]?.intValue, (1..<TrainingState.stepLimit).contains(count)
    else { return nil }
    (self.value, self.sum, self.count, average) = (value, sum, count, sum / Double(count))
  }
}

/// Counts of a run, and means over an interval of any values that have a name (LeRobot
/// `utils/logging_utils.py`, `MetricsTracker`).
///
/// Every batch counts as full, the last, smaller one of a pass included, as in LeRobot.
package struct RunMetrics: Sendable, Equatable {
  /// Optimizer steps since the run began, resumed parts included.
  package private(set) var steps: Int
  /// Frames seen.
  package private(set) var samples: Int
  /// By name, in the order in which they were added first.
  package private(set) var meters: OrderedDictionary<String, AverageMeter> = [:]
  /// The parts of the latest batch's loss, by name.
  package private(set) var latestParts: OrderedDictionary<String, Double> = [:]
  /// When they were reported, and what else was so then; nil until then.
  package var moment: MetricsMoment?
  private let batchSize: Int
  private let frameCount: Int
  private let samplesPerEpisode: Double

  /// - Parameters:
  ///   - batchSize: frames a step sees, over all processes.
  ///   - initialStep: steps taken before, when a run is resumed.
  package init(batchSize: Int, frameCount: Int, episodeCount: Int, initialStep: Int = 0) {
    self.batchSize = batchSize
    self.frameCount = frameCount
    samplesPerEpisode = Double(frameCount) / Double(episodeCount)
    steps = initialStep
    samples = initialStep * batchSize
  }

  /// Episodes seen, by their mean length.
  package var episodes: Double { Double(samples) / samplesPerEpisode }
  /// Passes over the dataset.
  package var epochs: Double { Double(samples) / Double(frameCount) }

  /// Adds a value to the mean of that name.
  package mutating func add(_ name: String, _ value: Double) {
    meters[name, default: AverageMeter()].update(value)
  }

  /// Counts one optimizer step.
  package mutating func countStep() {
    steps += 1
    samples += batchSize
  }

  /// The same counts without values.
  package var countsAlone: RunMetrics {
    var counts = self
    (counts.meters, counts.latestParts, counts.moment) = ([:], [:], nil)
    return counts
  }

  /// The means of all meters, in order.
  package var averages: [Double] {
    get { meters.values.map(\.average) }
    set {
      for (name, average) in zip(meters.keys, newValue) { meters[name]?.average = average }
    }
  }

  /// Forgets the values behind the means.
  package mutating func resetAverages() { meters = [:] }

  /// The counts and every value by name at full precision, means or the latest.
  package func values(averages: Bool = true) -> OrderedDictionary<String, JSONValue> {
    var values: OrderedDictionary<String, JSONValue> = [
      "steps": .int(steps), "samples": .int(samples),
      "episodes": .double(episodes), "epochs": .double(epochs),
    ]
    for (name, meter) in meters { values[name] = .double(averages ? meter.average : meter.value) }
    return values
  }
}

// MARK: - What a run measures

extension RunMetrics {
  /// Counts a training step and adds what it measured, under LeRobot's names: the loss, norm, rate
  /// and seconds, then the parts of the loss.
  package mutating func add(_ record: StepRecord) {
    countStep()
    add("loss", record.result.loss)
    add("grad_norm", record.result.gradientNorm)
    add("lr", record.learningRate)
    add("update_s", record.updateSeconds)
    add("dataloading_s", record.dataSeconds)
    latestParts = [:]
    for (part, value) in record.result.parts {
      let name = Self.name(ofPart: part)
      add(name, value)
      latestParts[name] = value
    }
  }

  /// A part's name beside the others: where LeRobot's W&B logger has a part of the name `loss`, it
  /// takes the place of the average.
  private static func name(ofPart part: String) -> String {
    MetricsRecord.trainingNames.contains(part) ? "part_\(part)" : part
  }

  /// Adds what an evaluation measured.
  package mutating func add(_ summary: EvaluationSummary) {
    add("avg_sum_reward", summary.averageSumReward)
    add("pc_success", summary.successPercentage)
    add("eval_s", summary.seconds)
  }
}

extension RunMetrics {
  /// Adds what a validation measured.
  package mutating func add(_ summary: ValidationSummary) {
    typealias Key = ValidationSummary.Key
    add(Key.loss, summary.weights.loss)
    if let average = summary.average { add(Key.averageLoss, average.loss) }
    add(Key.error, summary.weights.actions.error)
    for prefix in summary.weights.actions.prefixes {
      add("\(Key.error)_\(prefix.steps)", prefix.error)
    }
    if let average = summary.average { add(Key.averageError, average.actions.error) }
    add(Key.median, summary.weights.actions.median.error)
    add(Key.worst, summary.weights.actions.worst.error)
    add(Key.hold, summary.hold.error)
    add(Key.meanChunk, summary.meanChunk.error)
    add(Key.seconds, summary.seconds)
  }
}

// MARK: - Resuming in the middle of an interval

extension RunMetrics {
  /// The unfinished averages, by name.
  package var partialAverages: JSONValue { .object(meters.mapValues(\.state)) }

  /// Whether a saved state can be continued: each average in it is whole.
  package static func isComplete(partialAverages state: JSONValue) -> Bool {
    state.objectValue?.values.allSatisfy { state in
      state[0]?.doubleValue != nil && state[1]?.doubleValue != nil && state[2]?.intValue != nil
    } ?? false
  }

  /// Continues averages that another process began; what is damaged is left out.
  package mutating func restore(partialAverages state: JSONValue) {
    for (name, state) in state.objectValue ?? [:] {
      if let meter = AverageMeter(state: state) { meters[name] = meter }
    }
  }
}

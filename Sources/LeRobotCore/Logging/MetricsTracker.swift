import OrderedCollections

/// The mean of a value since the last reset, and the latest (LeRobot `utils/logging_utils.py`).
package struct AverageMeter: Sendable, Equatable, CustomStringConvertible {
  /// The short name in a log line.
  package let name: String
  package let format: NumberFormat
  /// The latest value.
  package private(set) var value = 0.0
  package fileprivate(set) var average = 0.0
  private var sum = 0.0
  private var count = 0

  package init(_ name: String, _ format: NumberFormat) {
    self.name = name
    self.format = format
  }

  /// Adds a value that stands for `count` samples.
  package mutating func update(_ value: Double, count: Int = 1) {
    self.value = value
    sum += value * Double(count)
    self.count += count
    average = sum / Double(self.count)
  }

  /// Forgets every value.
  package mutating func reset() {
    self = AverageMeter(name, format)
  }

  package var description: String { "\(name):\(format(average))" }

  /// Latest value, sum and count: what an average under way is made of.
  fileprivate var state: JSONValue { [.double(value), .double(sum), .int(count)] }

  fileprivate mutating func restore(_ state: JSONValue) {
    guard let value = state[0]?.doubleValue, let sum = state[1]?.doubleValue,
      let count = state[2]?.intValue, (1..<TrainingState.stepLimit).contains(count)
    else { return }
    (self.value, self.sum, self.count, average) = (value, sum, count, sum / Double(count))
  }
}

/// Counts of a run and means over a log interval: what a log line says (LeRobot
/// `utils/logging_utils.py`, `MetricsTracker`).
///
/// Every batch counts as full, the last, smaller one of a pass included, as in LeRobot.
package struct MetricsTracker: Sendable, Equatable, CustomStringConvertible {
  /// Optimizer steps since the run began, resumed parts included.
  package private(set) var steps: Int
  /// Frames seen.
  package private(set) var samples: Int
  /// Meters by their long names, in the order a log line shows them.
  package private(set) var meters: OrderedDictionary<String, AverageMeter>
  private let batchSize: Int
  private let frameCount: Int
  private let samplesPerEpisode: Double

  /// - Parameters:
  ///   - batchSize: frames a step sees, over all processes.
  ///   - initialStep: steps taken before, when a run is resumed.
  package init(
    batchSize: Int, frameCount: Int, episodeCount: Int,
    meters: OrderedDictionary<String, AverageMeter>, initialStep: Int = 0
  ) {
    self.batchSize = batchSize
    self.frameCount = frameCount
    samplesPerEpisode = Double(frameCount) / Double(episodeCount)
    self.meters = meters
    steps = initialStep
    samples = initialStep * batchSize
  }

  /// The meters of LeRobot's training log.
  package static let trainingMeters: OrderedDictionary<String, AverageMeter> = [
    "loss": AverageMeter("loss", .fixed(3)),
    "grad_norm": AverageMeter("grdn", .fixed(3)),
    "lr": AverageMeter("lr", .scientific(1)),
    "update_s": AverageMeter("updt_s", .fixed(3)),
    "dataloading_s": AverageMeter("data_s", .fixed(3)),
  ]

  /// The meters of LeRobot's evaluation log, which its tutorials show with a percent sign.
  package static let evaluationMeters: OrderedDictionary<String, AverageMeter> = [
    "avg_sum_reward": AverageMeter("∑rwrd", .fixed(3)),
    "pc_success": AverageMeter("success", .percent(1)),
    "eval_s": AverageMeter("eval_s", .fixed(3)),
  ]

  /// Episodes seen, by their mean length.
  package var episodes: Double { Double(samples) / samplesPerEpisode }
  /// Passes over the dataset.
  package var epochs: Double { Double(samples) / Double(frameCount) }

  /// Adds a value to the meter called `name`.
  package mutating func update(_ name: String, _ value: Double) {
    precondition(meters[name] != nil, "MetricsTracker: no meter is called \(name)")
    meters[name]?.update(value)
  }

  /// Counts one optimizer step.
  package mutating func step() {
    steps += 1
    samples += batchSize
  }

  /// The means of all meters, in order.
  package var averages: [Double] {
    get { meters.values.map(\.average) }
    set {
      for (name, average) in zip(meters.keys, newValue) { meters[name]?.average = average }
    }
  }

  /// Forgets the values behind the means.
  package mutating func resetAverages() {
    for name in meters.keys { meters[name]?.reset() }
  }

  /// The log line: `step:200 smpl:2K ep:1 epch:0.03 loss:…`.
  package var description: String {
    let counts = [
      "step:\(formatBigNumber(steps))", "smpl:\(formatBigNumber(samples))",
      "ep:\(formatBigNumber(episodes))", "epch:\(NumberFormat.fixed(2)(epochs))",
    ]
    return (counts + meters.values.map(\.description)).joined(separator: " ")
  }

  /// Every value by name at full precision, means or the latest.
  package func values(averages: Bool = true) -> OrderedDictionary<String, JSONValue> {
    var values: OrderedDictionary<String, JSONValue> = [
      "steps": .int(steps), "samples": .int(samples),
      "episodes": .double(episodes), "epochs": .double(epochs),
    ]
    for (name, meter) in meters { values[name] = .double(averages ? meter.average : meter.value) }
    return values
  }
}

// MARK: - Going on in the middle of a log interval

extension MetricsTracker {
  /// The averages under way, by meter.
  package var partialAverages: JSONValue { .object(meters.mapValues(\.state)) }

  /// Whether a saved state has the averages of every training meter.
  package static func isComplete(partialAverages state: JSONValue) -> Bool {
    trainingMeters.keys.allSatisfy { name in
      state[name]?[0]?.doubleValue != nil && state[name]?[1]?.doubleValue != nil
        && state[name]?[2]?.intValue != nil
    }
  }

  /// Continues averages that another process began.
  package mutating func restore(partialAverages state: JSONValue) {
    for name in meters.keys {
      if let state = state[name] { meters[name]?.restore(state) }
    }
  }
}

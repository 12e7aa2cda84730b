import OrderedCollections

/// The best steps of a run by one metric, best first, and how long ago the best one was.
package struct BestCheckpoints: Sendable, Equatable {
  package struct Entry: Sendable, Equatable {
    package var step: Int
    package var value: Double
    /// Whether its checkpoint was saved for its value alone, and goes with it.
    package var isExtra = false
  }

  package let metric: SelectionMetric
  /// How many are kept.
  private let count: Int
  /// Measurements without a better one after which a run ends; nil for no end.
  private let patience: Int?
  package private(set) var entries: [Entry] = []
  /// Measurements since the best one.
  package private(set) var measurementsSinceBest = 0
  /// Steps whose checkpoints are to go.
  package private(set) var dropped: [Int] = []
  /// The step that was measured last.
  package private(set) var measuredStep: Int?

  package init(_ metric: SelectionMetric, count: Int = 1, patience: Int? = nil) {
    self.metric = metric
    self.count = count
    self.patience = patience
  }

  /// The best so far; of equal ones the first.
  package var best: Entry? { entries.first }
  /// The steps whose checkpoints stay.
  package var steps: Set<Int> { Set(entries.map(\.step)) }
  /// Whether patience has run out.
  package var isExhausted: Bool { patience.map { measurementsSinceBest >= $0 } ?? false }

  /// Adds what a step measured. A step that is measured again, after a resume, counts once.
  package mutating func add(_ value: Double, step: Int) {
    let isRepeated = measuredStep == step
    measuredStep = step
    entries.removeAll { $0.step == step }
    guard value.isFinite else {
      if !isRepeated { measurementsSinceBest += 1 }
      return
    }
    let place =
      entries.firstIndex { metric.isBetter(value, than: $0.value) } ?? entries.endIndex
    if place == 0 {
      measurementsSinceBest = 0
    } else if !isRepeated {
      measurementsSinceBest += 1
    }
    entries.insert(Entry(step: step, value: value), at: place)
    dropSurplus()
  }

  private mutating func dropSurplus() {
    while entries.count > count {
      let last = entries.removeLast()
      if last.isExtra { dropped.append(last.step) }
    }
  }

  /// Notes that a step's checkpoint is there for its value alone.
  package mutating func noteExtra(step: Int) {
    if let place = entries.firstIndex(where: { $0.step == step }) { entries[place].isExtra = true }
  }

  /// Forgets what is to go, once that is under way.
  package mutating func forgetDropped() { dropped = [] }
}

// MARK: - Resuming

extension BestCheckpoints {
  /// What a checkpoint keeps.
  package var state: JSONValue {
    [
      "metric": .string(metric.rawValue),
      "entries": .array(
        entries.map {
          ["step": .int($0.step), "value": .double($0.value), "extra": .bool($0.isExtra)]
        }),
      "since_best": .int(measurementsSinceBest),
      "measured_step": measuredStep.map { .int($0) } ?? .null,
    ]
  }

  /// Continues what a checkpoint kept; a state of another metric, or a damaged one, is dropped.
  package mutating func restore(_ state: JSONValue) {
    guard state["metric"]?.stringValue == metric.rawValue,
      let sinceBest = state["since_best"]?.intValue, 0..<TrainingState.stepLimit ~= sinceBest,
      let saved = state["entries"]?.arrayValue
    else { return }
    let entries = saved.compactMap { entry -> Entry? in
      guard let step = entry["step"]?.intValue, let value = entry["value"]?.doubleValue,
        value.isFinite, 0..<TrainingState.stepLimit ~= step
      else { return nil }
      return Entry(step: step, value: value, isExtra: entry["extra"]?.boolValue ?? false)
    }
    guard entries.count == saved.count else { return }
    self.entries = entries
    measurementsSinceBest = sinceBest
    measuredStep = state["measured_step"]?.intValue
    dropSurplus()
  }
}

extension SelectionMetric {
  /// What a validation says of it; nil where it measures something else.
  package func value(in summary: ValidationSummary) -> Double? {
    switch self {
    case .actionError: summary.weights.actions.error
    case .actionErrorOfAverage: summary.average?.actions.error
    case .loss: summary.weights.loss
    case .lossOfAverage: summary.average?.loss
    case .success, .sumReward, .maximumReward: nil
    }
  }

  /// What an evaluation in simulation says of it; nil where it measures something else.
  package func value(in summary: EvaluationSummary) -> Double? {
    switch self {
    case .success: summary.successPercentage
    case .sumReward: summary.averageSumReward
    case .maximumReward: summary.averageMaximumReward
    case .actionError, .actionErrorOfAverage, .loss, .lossOfAverage: nil
    }
  }
}

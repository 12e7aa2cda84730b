import OrderedCollections

/// A line of `metrics.jsonl`: what a run measured up to a step, and when.
///
/// LeRobot's names and values come first; whatever shows a run can be made from these lines.
package struct MetricsRecord: Sendable, Equatable {
  package enum Kind: Sendable, Hashable {
    /// The averages of a log interval.
    case training
    /// What an evaluation came to.
    case evaluation
    /// What a validation measured.
    case validation
  }

  package var kind: Kind
  /// Counts and values by name, LeRobot's first, in its order.
  package var values: OrderedDictionary<String, JSONValue>
  /// The parts of the last batch's loss, which LeRobot sends to Weights & Biases.
  package var latestParts: OrderedDictionary<String, Double> = [:]
  /// Nil in files of releases before 0.2.
  package var moment: MetricsMoment?
  /// Videos of an evaluation, from the run's folder.
  package var videos: [String] = []

  /// The names of what a training step measures, in LeRobot's order.
  package static let trainingNames = ["loss", "grad_norm", "lr", "update_s", "dataloading_s"]
  /// The names of an evaluation's results, in LeRobot's order.
  package static let evaluationNames = ["avg_sum_reward", "pc_success", "eval_s"]
  /// The counts that every line begins with.
  package static let countNames = ["steps", "samples", "episodes", "epochs"]

  /// The averages of a log interval.
  package init(training metrics: RunMetrics) {
    kind = .training
    values = metrics.values()
    latestParts = metrics.latestParts
    moment = metrics.moment
  }

  /// A validation.
  package init(validation metrics: RunMetrics) {
    kind = .validation
    values = metrics.values()
    moment = metrics.moment
  }

  /// An evaluation.
  ///
  /// - Parameter folder: the run's; videos outside it keep their paths.
  package init(evaluation metrics: RunMetrics, _ summary: EvaluationSummary, folder: String) {
    kind = .evaluation
    values = metrics.values()
    values["avg_max_reward"] = .double(summary.averageMaximumReward)
    values["n_episodes"] = .int(summary.episodeCount)
    moment = metrics.moment
    let prefix = FileSystem.trimmed(folder) + "/"
    videos = summary.videoPaths.map {
      $0.hasPrefix(prefix) ? String($0.dropFirst(prefix.count)) : $0
    }
  }

  /// Optimizer steps since the run began.
  package var step: Int { values["steps"]?.intValue ?? 0 }

  /// The videos' paths, where the run lies in `folder`.
  package func videoPaths(in folder: String) -> [String] {
    videos.map { $0.hasPrefix("/") ? $0 : "\(folder)/\($0)" }
  }

  /// Frames that a step sees, over all ranks; nil before the first step.
  package var samplesPerStep: Double? {
    step > 0 ? self["samples"].map { $0 / Double(step) } : nil
  }

  /// A value by its name.
  package subscript(name: String) -> Double? { values[name]?.doubleValue }
}

extension MetricsRecord {
  /// A validation's numbers as loggers name them: losses as LeRobot 0.6 does, `eval/eval_loss`, the
  /// rest `validation/…`.
  package var validationValues: OrderedDictionary<String, JSONValue> {
    var sent: OrderedDictionary<String, JSONValue> = [:]
    for (name, value) in values where !Self.countNames.contains(name) {
      sent["\(name.hasPrefix(ValidationSummary.Key.loss) ? "eval" : "validation")/\(name)"] = value
    }
    return sent
  }
}

// MARK: - The line

extension MetricsRecord {
  /// What a line holds beside the values that have a name of their own.
  private enum Key {
    static let parts = "last_batch"
    static let time = "time"
    static let memory = "memory"
    static let rates = "learning_rates"
    static let videos = "videos"
    static let all: Set = [parts, time, memory, rates, videos]
  }

  package var json: JSONValue {
    var line = values
    if !latestParts.isEmpty { line[Key.parts] = .object(latestParts.mapValues(JSONValue.double)) }
    if let moment {
      line[Key.time] = .double(moment.time)
      if let memory = moment.memory { line[Key.memory] = .int(memory) }
      let rates = moment.learningRates
      if rates.count > 1 { line[Key.rates] = .array(rates.map(JSONValue.double)) }
    }
    if !videos.isEmpty { line[Key.videos] = .array(videos.map(JSONValue.string)) }
    return .object(line)
  }

  /// - Returns: nil for what is no line of metrics.
  package init?(_ json: JSONValue) {
    guard let line = json.objectValue, line["steps"]?.intValue != nil else { return nil }
    kind =
      line[ValidationSummary.Key.seconds] != nil
      ? .validation : line["eval_s"] == nil ? .training : .evaluation
    values = line.filter { !Key.all.contains($0.key) && $0.value.doubleValue != nil }
    latestParts = (line[Key.parts]?.objectValue ?? [:]).compactMapValues(\.doubleValue)
    if let time = line[Key.time]?.doubleValue {
      let rates = line[Key.rates]?.arrayValue?.compactMap(\.doubleValue)
      let rate = kind == .training ? line["lr"]?.doubleValue.map { [$0] } : nil
      moment = MetricsMoment(
        time: time, memory: line[Key.memory]?.intValue, learningRates: rates ?? rate ?? [])
    }
    videos = line[Key.videos]?.arrayValue?.compactMap(\.stringValue) ?? []
  }

  /// - Returns: nil for what is no line of metrics, such as one that was cut off.
  package init?(line: some StringProtocol) {
    guard let json = try? JSONValue(parsing: String(line)) else { return nil }
    self.init(json)
  }
}

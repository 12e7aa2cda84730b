import LeRobotCore
import LeRobotLogging

/// The numbers of a run that its view shows.
struct RunFigures {
  let history: RunHistory
  let condition: WatchedState.Condition
  let status: RunStatus
  let training: [MetricsRecord]
  let evaluations: [MetricsRecord]
  private let now: Double

  /// - Parameter now: seconds since 1970.
  init(_ state: WatchedState, now: Double) {
    history = state.history
    condition = state.condition
    status = history.status(now: now)
    training = history.training
    evaluations = history.evaluations
    self.now = now
  }

  var step: Int { history.step }
  var steps: Int { history.steps }
  /// How much of the run is done, 0 to 1; nil where not known.
  var share: Double? { steps > 0 ? Double(step) / Double(steps) : nil }

  /// In whole percent, rounded down.
  var percent: String {
    share.map { "\(Int(100 * min(1, max(0, $0))))%" } ?? ""
  }

  /// `6200/10000`, or the step alone.
  var progress: String { steps > 0 ? "\(step)/\(steps)" : "step \(step)" }

  var stepsPerSecond: Double? { history.stepsPerSecond }

  /// Frames a second, over all ranks.
  var samplesPerSecond: Double? {
    guard let rate = stepsPerSecond else { return nil }
    return training.last?.samplesPerStep.map { $0 * rate }
  }

  /// Passes over the dataset so far.
  var epochs: Double? { training.last?["epochs"] }

  /// Seconds since the last sign of the process that trains; 0 where none is training.
  private var silence: Double {
    status == .running ? history.silence(now: now) : 0
  }

  /// Seconds that the run has trained.
  var elapsed: Double { history.seconds + silence }

  /// Seconds until the last step; nil for a run that does not train now.
  var secondsLeft: Double? {
    switch status {
    case .running, .unseen: history.secondsLeft.map { max(0, $0 - silence) }
    case .finished, .interrupted, .failed, .died, .unknown: nil
    }
  }

  /// Seconds since the run logged, where that is far longer than usual.
  var unusualSilence: Double? {
    guard training.count > 1, let first = training.suffix(20).first?.moment?.time,
      let last = training.last?.moment?.time
    else { return nil }
    let usual = (last - first) / Double(min(20, training.count) - 1)
    return silence > max(60, 4 * usual) ? silence : nil
  }

  /// How much of the last intervals the steps waited for data, 0 to 1.
  var dataShare: Double? {
    var (waiting, all) = (0.0, 0.0)
    for record in training.suffix(20) {
      guard let data = record["dataloading_s"], let update = record["update_s"] else { continue }
      waiting += data
      all += data + update
    }
    return all > 0 && all.isFinite ? waiting / all : nil
  }

  /// Bytes that the process held last, and at most.
  var memory: (latest: Int, most: Int)? {
    let all = history.records.compactMap { $0.moment?.memory }
    guard let latest = all.last, let most = all.max() else { return nil }
    return (latest, most)
  }

  /// The values of a metric, in order.
  func values(_ name: String) -> [Double] { training.compactMap { $0[name] } }
}

// MARK: - How it stands

extension RunFigures {
  /// How the run stands, in words and in a word.
  var standing: (words: String, word: String, style: TextStyle) {
    switch condition {
    case .waiting: ("waiting for a run to begin here", "waiting", .warning)
    case .gone: ("the folder is gone", "gone", .bad)
    case .unreadable(let message): (message, "unreadable", .bad)
    case .readable: (status.words, status.word, status.style)
    }
  }
}

extension RunStatus {
  fileprivate var word: String {
    switch self {
    case .running: "running"
    case .finished: "finished"
    case .interrupted: "stopped"
    case .failed: "failed"
    case .died: "killed"
    case .unseen: "elsewhere"
    case .unknown: "unknown"
    }
  }

  fileprivate var style: TextStyle {
    switch self {
    case .running, .finished: .good
    case .interrupted, .unseen: .warning
    case .failed, .died: .bad
    case .unknown: .quiet
    }
  }
}

import Foundation
import LeRobotCore

/// What a run's files tell of it, or what an observer has seen of a run so far.
package struct RunHistory: Sendable, Equatable {
  /// The run's folder.
  package var folder: String
  /// Nil where the folder has none, as of a release before 0.2.
  package var description: RunDescription?
  /// The lines of `metrics.jsonl`, in order.
  package var records: [MetricsRecord]
  /// The pictures of the first batch.
  package var firstBatch: [FirstBatchPicture]
  /// The latest validation in full (`ValidationSummary.json`); null without one.
  package var validation = JSONValue.null

  package init(
    folder: String, description: RunDescription? = nil, records: [MetricsRecord] = [],
    firstBatch: [FirstBatchPicture] = []
  ) {
    self.folder = folder
    self.description = description
    self.records = records
    self.firstBatch = firstBatch
  }

  package var training: [MetricsRecord] { records.filter { $0.kind == .training } }
  package var validations: [MetricsRecord] { records.filter { $0.kind == .validation } }
  package var evaluations: [MetricsRecord] { records.filter { $0.kind == .evaluation } }
  /// The last step that any line names.
  package var step: Int { records.last?.step ?? description?.processes.last?.firstStep ?? 0 }
  /// Steps of the whole run; 0 where not known.
  package var steps: Int { description?.steps ?? 0 }
  /// What the run is called: its job and its folder.
  package var title: String {
    let folder = FileSystem.name(of: folder)
    guard let name = description?.name, !name.isEmpty else { return folder }
    return "\(name) – \(folder)"
  }

  /// The names of the loss's parts and of whatever else is measured beside LeRobot's values, in the
  /// order in which they came.
  package var partNames: [String] {
    var names: [String] = []
    let known = Set(MetricsRecord.countNames + MetricsRecord.trainingNames)
    for record in records where record.kind == .training {
      for name in record.values.keys where !known.contains(name) && !names.contains(name) {
        names.append(name)
      }
    }
    return names
  }
}

/// A camera's picture of the first batch as the policy sees it: its samples side by side.
package struct FirstBatchPicture: Sendable, Equatable {
  /// The camera's name.
  package var camera: String
  /// A JPEG file.
  package var jpeg: [UInt8]
  package var width: Int
  package var height: Int

  package init(camera: String, jpeg: [UInt8], width: Int, height: Int) {
    (self.camera, self.jpeg, self.width, self.height) = (camera, jpeg, width, height)
  }
}

// MARK: - How it stands

/// How a run stands, as far as its files tell.
package enum RunStatus: Sendable, Equatable {
  case running
  case finished
  /// A signal ended it after this step.
  case interrupted(step: Int)
  /// An error ended it in this step.
  case failed(step: Int)
  /// Its process is gone without a word: it was killed, or the machine was.
  case died
  /// Its process cannot be seen from here; the last sign of it is some seconds old.
  case unseen(seconds: Double)
  /// The folder does not tell.
  case unknown

  package var words: String {
    switch self {
    case .running: "running"
    case .finished: "finished"
    case .interrupted(let step): "stopped after step \(step)"
    case .failed(let step): "failed in step \(step)"
    case .died: "ended without a word: it was killed"
    case .unseen(let seconds): "on another machine; last sign \(formatClock(seconds)) ago"
    case .unknown: "unknown"
    }
  }
}

extension RunHistory {
  /// - Parameter now: seconds since 1970.
  package func status(now: Double = Date().timeIntervalSince1970) -> RunStatus {
    guard let process = description?.processes.last else { return .unknown }
    if let ending = process.ending {
      switch ending.kind {
      case "finished": return .finished
      case "interrupted": return .interrupted(step: ending.step)
      default: return .failed(step: ending.step)
      }
    }
    switch process.identity.isRunning {
    case true?: return .running
    case false?: return .died
    case nil:
      return .unseen(seconds: silence(now: now))
    }
  }

  /// Seconds since the last sign of the run: a log line, or the start of a process.
  package func silence(now: Double) -> Double {
    let sign = max(records.last?.moment?.time ?? 0, description?.processes.last?.began ?? 0)
    return sign > 0 ? max(0, now - sign) : 0
  }

  /// Seconds of training, up to now where it runs.
  package func elapsed(now: Double) -> Double {
    status(now: now) == .running ? seconds + silence(now: now) : seconds
  }

  /// Seconds that the run has trained: all its processes together.
  package var seconds: Double {
    guard let processes = description?.processes else { return 0 }
    let times = records.compactMap { $0.moment?.time }
    return processes.indices.reduce(0) { sum, index in
      let process = processes[index]
      let limit = index + 1 < processes.count ? processes[index + 1].began : .infinity
      let last = times.last { $0 >= process.began && $0 < limit }
      return sum + max(0, (process.ending?.time ?? last ?? process.began) - process.began)
    }
  }

  /// Steps a second over the last log intervals; nil before the second one.
  package var stepsPerSecond: Double? {
    // The last ones alone are looked for: a long run has a hundred thousand.
    let latest = records.reversed().lazy.filter { $0.kind == .training }.prefix(20)
    let recent = latest.filter { $0.moment != nil }.reversed()
    let began = description?.processes.last?.began ?? 0
    let own = recent.filter { $0.moment!.time >= began }
    guard let first = own.first, let last = own.last, last.step > first.step else { return nil }
    let seconds = last.moment!.time - first.moment!.time
    return seconds > 0 ? Double(last.step - first.step) / seconds : nil
  }

  /// Seconds until the last step; nil where that cannot be said.
  package var secondsLeft: Double? {
    guard let rate = stepsPerSecond, steps > 0 else { return nil }
    return Double(max(0, steps - step)) / rate
  }
}

import LeRobotCore
import LeRobotLogging
import Synchronization

/// Keeps what a run tells its observers, as words.
package final class EventRecorder: RunObserver {
  private struct Memory {
    var events: [String] = []
    var records: [StepRecord] = []
    var metrics: [RunMetrics] = []
    var stages: [String] = []
    var logs: [LogRecord] = []
  }

  private let memory = Mutex(Memory())

  package init() {}

  package var events: [String] { memory.withLock { $0.events } }
  package var records: [StepRecord] { memory.withLock { $0.records } }
  /// What comes before and after the steps.
  package var stages: [String] { memory.withLock { $0.stages } }
  /// The messages of all log records.
  package var logs: [String] { memory.withLock { $0.logs.map(\.message) } }
  /// The messages of the warnings among them.
  package var warnings: [String] {
    memory.withLock { $0.logs.filter { $0.level == .warning }.map(\.message) }
  }
  /// Of every log interval.
  package var metrics: [RunMetrics] { memory.withLock { $0.metrics } }

  package func receive(_ event: RunEvent) {
    memory.withLock { memory in
      if let words = Self.words(event) { memory.events.append(words) }
      if let stage = Self.stage(event) { memory.stages.append(stage) }
      if case .stepped(let record, _) = event { memory.records.append(record) }
      if case .interval(let metrics) = event { memory.metrics.append(metrics) }
      if case .logged(let record) = event { memory.logs.append(record) }
    }
  }

  private static func stage(_ event: RunEvent) -> String? {
    switch event {
    case .configured: "configured"
    case .preparing(let part): "preparing \(part)"
    case .prepared: "prepared"
    case .began(let step): "began \(step)"
    case .ended(let ending): "ended \(ending)"
    case .stepped, .interval, .saving, .savingBegun, .saved, .evaluating, .progress, .transferring,
      .evaluated, .validating, .validated, .evaluationFailed, .logged:
      nil
    }
  }

  private static func words(_ event: RunEvent) -> String? {
    switch event {
    case .stepped(let record, _): "step \(record.step)"
    case .interval(let metrics): "log \(metrics.meters["loss"]?.average ?? .nan)"
    case .evaluating(let step): "evaluating \(step)"
    case .evaluated(_, let metrics): MetricsLine.evaluation(metrics)
    case .validating(let step): "validating \(step)"
    case .validated(let summary, _): "validated \(summary.weights.actions.error)"
    case .evaluationFailed(let step, let reason): "not evaluated \(step): \(reason)"
    case .savingBegun(let step, _): "saving \(step)"
    case .saved(let checkpoint): "saved \(checkpoint.path)"
    case .configured, .preparing, .prepared, .began, .saving, .progress, .transferring, .logged,
      .ended:
      nil
    }
  }
}

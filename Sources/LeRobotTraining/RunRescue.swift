import Dispatch
import LeRobotCore
import Synchronization

/// What remains to be done when no caller can continue in the middle of a step: memory ran out, or
/// libtorch failed.
package final class RunRescue: RunObserver {
  private struct State {
    /// The step under way; nil before training and after it.
    var step: Int?
    var saver: CheckpointSaver?
    /// The checkpoint that was resumed.
    var origin: String?
  }

  private let state = Mutex(State())

  package init() {}

  package func receive(_ event: RunEvent) {
    switch event {
    case .began(let step): state.withLock { $0.step = step + 1 }
    case .stepped(let record, _): state.withLock { $0.step = record.step + 1 }
    case .ended: state.withLock { $0.step = nil }
    case .configured, .preparing, .prepared, .interval, .saving, .savingBegun, .saved, .evaluating,
      .progress, .transferring, .evaluated, .validating, .validated, .evaluationFailed, .logged:
      break
    }
  }

  /// Takes note of what writes the run's checkpoints.
  ///
  /// - Parameter origin: the checkpoint that was resumed.
  package func keep(_ saver: CheckpointSaver, origin: String?) {
    state.withLock { ($0.saver, $0.origin) = (saver, origin) }
  }

  /// Waits for the checkpoint under way, and says what the run ends with. Any thread may ask.
  ///
  /// - Parameters:
  ///   - cause: a line.
  ///   - limit: how long to wait. The checkpoint may need what the thread that failed holds, or the
  ///     memory that is not there.
  package func message(for cause: String, within limit: Duration = .seconds(60)) -> String {
    let (step, saver, origin) = state.withLock { ($0.step, $0.saver, $0.origin) }
    guard let step, let saver else { return cause }
    let isWritten = DispatchSemaphore(value: 0)
    DispatchQueue(label: "rescue").async {
      saver.wait()
      isWritten.signal()
    }
    _ = isWritten.wait(timeout: .now() + limit.seconds)
    return TrainingFailure(step: step, cause: cause, lastCheckpoint: saver.last ?? origin)
      .description
  }
}

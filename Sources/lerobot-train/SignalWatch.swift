import Dispatch
import Foundation
import LeRobotCore
import Synchronization

/// Turns Ctrl-C, the signals of batch systems and a terminal's end into a wish to end after the
/// present step, from the moment training begins.
///
/// A second Ctrl-C ends the process at once; what is on disk stays whole, because checkpoints
/// are written aside and renamed.
final class SignalWatch: RunObserver {
  private struct State {
    var sources: [any DispatchSourceSignal] = []
    /// Whether the run writes checkpoints.
    var saves = true
    /// Whether it may upload when training is over.
    var uploads = false
    var isOver = false
  }

  private let stop: StopRequest
  private let events: RunEvents
  private let state = Mutex(State())

  /// - Parameter events: are told that the run will stop.
  init(_ stop: StopRequest, _ events: RunEvents) {
    self.stop = stop
    self.events = events
  }

  func receive(_ event: RunEvent) {
    if case .configured(let config) = event {
      state.withLock {
        $0.saves = config.savesCheckpoints
        $0.uploads = config.policy?.common.repositoryID != nil || config.wandb.enable
      }
    }
    if case .began = event {
      let saves = state.withLock { $0.saves }
      let end = saves ? "a checkpoint is saved first" : "no checkpoint is saved"
      begin(saying: "Stopping after this step; \(end)")
    }
    if case .ended = event { state.withLock { $0.isOver = true } }
  }

  /// Watches from now on.
  ///
  /// - Parameter notice: is logged at the first signal.
  func begin(saying notice: String) {
    let queue = DispatchQueue(label: "signals")
    state.withLock { state in
      state.sources = Self.watched.map { number in
        signal(number, SIG_IGN)
        let source = DispatchSource.makeSignalSource(signal: number, queue: queue)
        source.setEventHandler { [self] in
          if endsUpload {
            _exit(128 + number)
          } else if stop.request(signal: number) {
            events.warning(notice)
          } else if number == SIGINT {
            _exit(128 + SIGINT)
          }
        }
        source.resume()
        return source
      }
    }
  }

  /// Whether a signal ends what comes after the training at once; everything is saved then.
  private var endsUpload: Bool { state.withLock { $0.isOver && $0.uploads } }

  /// A terminal's end does not concern a run that nohup started, and Ctrl-C none that a script put
  /// into the background: both inherit that the signal is ignored.
  private static var watched: [Int32] {
    [SIGTERM, SIGUSR1] + [SIGINT, SIGHUP].filter { !SignalDisposition.isIgnored($0) }
  }

  /// A reader that has gone away and a file that may not grow end the write that meets them, which
  /// says so, not the program.
  static func ignoreFailedWrites() {
    for number in [SIGPIPE, SIGXFSZ] { signal(number, SIG_IGN) }
  }
}
